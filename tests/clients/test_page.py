"""The clients of docs/clients.md do what the contract says about retries."""

import json
import re
import sys

import pytest
import stub
from conftest import CLIENTS, CONTRACT, ROOT, TYPE_CHECK, run

PAGE = (ROOT / "docs/clients.md").read_text()
CRATE = ["--manifest-path", ROOT / "tests/clients/rust/Cargo.toml", "--target-dir", ROOT / "target/clients-rust"]
COMMANDS = {
    "python": [[sys.executable, "page.python"]],
    "ts": [[*TYPE_CHECK, "page.ts"], ["node", "page.ts"]],
    "rs": [["cargo", "run", "--quiet", "--locked", *CRATE]],
}


def write(language: str, url: str) -> None:
    """Writes the page's block in this language, which calls this URL."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)
    [block] = [block for block in blocks if "http://127.0.0.1:3000" in block]
    (CLIENTS / f"page.{language}").write_text(block.replace("http://127.0.0.1:3000", url))


def shown(language: str, url: str) -> str:
    """What the client shows."""
    write(language, url)
    *_, output = [run(*command) for command in COMMANDS[language]]
    return output.strip('"\n')


@pytest.mark.parametrize("language", COMMANDS)
def test_the_client_shows_the_user(language, api):
    assert shown(language, api) == "John Doe"


@pytest.mark.parametrize("language", COMMANDS)
def test_the_client_waits_and_retries(language):
    with stub.serve(CONTRACT, 0, 429, 500, 200) as (url, times):
        assert shown(language, url) == "John Doe"
    first, second, third, fourth = times
    # A second without `Retry-After`, then twice that of the 429, then at least a second.
    assert second - first >= 1 and third - second >= 2 and fourth - third >= 1


@pytest.mark.parametrize("language", COMMANDS)
def test_the_client_retries_a_500_once(language):
    with stub.serve(CONTRACT, 500, 500) as (url, times):
        assert shown(language, url) == "INTERNAL_ERROR"
    assert len(times) == 2


def test_curl_retries_once_and_keeps_the_last_body():
    for statuses, exit_code in [((429, 200), 0), ((500, 500), 22)]:
        with stub.serve(CONTRACT, *statuses) as (url, times):
            write("sh", url)
            run("bash", "page.sh", exit_code=exit_code)
        assert len(times) == 2
        assert json.loads((CLIENTS / "user.json").read_text())["success"] == (exit_code == 0)
