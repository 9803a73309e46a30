"""The bill of materials is that of the functions that were built."""

import hashlib
import json
import subprocess

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from conftest import BUILD, BUILT, ROOT


@pytest.mark.parametrize("name", BUILT)
def test_the_bill_of_materials_lists_the_crates_of_the_function(name):
    subprocess.run([ROOT / "scripts/sbom", BUILD], check=True)
    text = (BUILD.parent / "sbom" / f"{name}.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)

    content = BUILT[name].read_bytes()
    function = bill["metadata"]["component"]
    assert function["name"] == name
    assert function["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}]

    architecture = {62: "x86_64", 183: "aarch64"}[content[18]]
    tree = subprocess.run(
        ["cargo", "tree", "--package", "credira-users", "--edges", "normal", "--prefix", "none",
         "--target", f"{architecture}-unknown-linux-gnu", "--format", "{p}", "--locked"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )
    crates = {tuple(line.split()[:2]) for line in tree.stdout.splitlines()}
    listed = {(component["name"], f"v{component['version']}") for component in bill["components"]}
    assert listed == {crate for crate in crates if crate[0] != "credira-users"}
    # Each crate is a dependency of the function, or of another crate.
    references = {reference for entry in bill["dependencies"] for reference in entry.get("dependsOn", [])}
    assert references == {component["bom-ref"] for component in bill["components"]}
