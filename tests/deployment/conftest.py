"""Shared fixtures and functions of the deployment's tests."""

import fcntl
import json
import os
import re
import socket
import struct
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
    machine = struct.unpack("<H", binary.read_bytes()[18:20])[0]
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
    """Starts `cargo local` on an address that this machine and its containers can reach. Yields the
    URLs of the API and of DynamoDB."""
    try:
        with socket.socket() as any_socket:
            # The address of this machine on Docker's bridge (SIOCGIFADDR in netdevice(7)).
            result = fcntl.ioctl(any_socket.fileno(), 0x8915, struct.pack("256s", b"docker0"))
        host = socket.inet_ntoa(result[20:24])
    except OSError:
        host = "127.0.0.1"
    stack = subprocess.Popen(
        ["cargo", "local", "--host", host, "--port", "0", "--dynamodb-port", "0"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )
    for line in stack.stdout:
        if match := re.fullmatch(r"ready (\S+) dynamodb (\S+)\n", line):
            break
    else:
        pytest.fail("cargo local did not start")
    yield {"api": match[1], "dynamodb": match[2]}
    stack.terminate()
    assert stack.wait() == 0
