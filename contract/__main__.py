"""Makes the contract and `docs/errors.md`, and compares the contract with the released one.

With `--check`, it writes nothing and fails if a file is out of date.
"""

import sys
from pathlib import Path

import yaml

from . import compatibility, errors, publish

ROOT = Path(__file__).parent.parent
CONTRACT = ROOT / "contract/credira-users.openapi.yaml"


def read(path: str) -> dict:
    return yaml.safe_load((ROOT / path).read_text())


def main(arguments: list[str]) -> None:
    definition = read("openapi.yaml")
    contract = publish.contract(definition, read("contract/overlay.yaml"))
    for path, text in (
        (CONTRACT, publish.text(contract)),
        (ROOT / "docs/errors.md", errors.page(definition, contract)),
    ):
        if "--check" not in arguments:
            path.write_text(text)
        elif path.read_text() != text:
            sys.exit(f"{path.relative_to(ROOT)} is out of date. Run `scripts/contract`.")
    if problems := compatibility.problems(read("contract/released.openapi.yaml"), contract):
        sys.exit("\n  ".join(problems))


if __name__ == "__main__":
    main(sys.argv[1:])
