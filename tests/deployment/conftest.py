"""Shared fixtures and functions of the deployment's tests."""

import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXPECTED = json.loads((ROOT / "events/expected.json").read_text())
KEYS = {key["name"]: key["key"] for key in json.loads((ROOT / "tools/local/demo/api-keys.json").read_text())}
# The folder in which `sam build` puts its output.
BUILD = ROOT / os.environ.get("BUILD_DIR", ".aws-sam/build")
BUILT = {
    "get-user": BUILD / "GetUserFunction/bootstrap",
    "authorizer": BUILD / "AuthorizerFunction/bootstrap",
}
EVENTS = sorted(
    path.relative_to(ROOT / "events").as_posix()
    for folder in BUILT
    for path in (ROOT / "events" / folder).iterdir()
)


def command(binary: Path) -> list:
    """The command that runs a binary on this machine. An arm64 binary runs under QEMU."""
    machine = binary.read_bytes()[18]
    return {62: [binary], 183: ["qemu-aarch64-static", binary]}[machine]


def check_response(name: str, response: dict) -> None:
    """Compares a function's response to an event with `events/expected.json`."""
    expected = EXPECTED[name]
    if name.startswith("authorizer/"):
        [statement] = response["policyDocument"]["Statement"]
        assert statement["Effect"] == expected["effect"]
        if "context" in expected:
            assert response["context"] == expected["context"]
        else:
            assert set(response["context"]) == {"timestamp", "request_id"}
        return
    body = json.loads(response["body"] or '""')
    assert has(response | {"body": body}, expected), response
    if body:
        assert body["meta"]["request_id"] == response["headers"]["x-request-id"]


def has(actual, expected) -> bool:
    """Whether a value has everything that is expected."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(has(actual.get(key), value) for key, value in expected.items())
    return actual == expected


def send(url: str, key: str | None = None, method: str = "GET") -> tuple[int, str]:
    """The status and body of the response."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"} if key else {}, method=method)
    try:
        response = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        response = error
    return response.status, response.read().decode()


@pytest.fixture(scope="session")
def local_stack():
    """The URLs of the API and of DynamoDB of `cargo local`."""
    stack = subprocess.Popen(
        "cargo local --port 0 --dynamodb-port 0".split(), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    for line in stack.stdout:
        if match := re.fullmatch(r"ready (\S+) dynamodb (\S+)\n", line):
            break
    else:
        pytest.fail("cargo local did not start")
    yield {"api": match[1], "dynamodb": match[2]}
    stack.terminate()
    assert stack.wait() == 0
