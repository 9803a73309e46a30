"""What the tests of the deployment share."""

import fcntl
import json
import os
import re
import socket
import struct
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXPECTED = json.loads((ROOT / "events/expected.json").read_text())
# What `sam build` has built.
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
    """How to run a binary here, which may be one for arm64."""
    machine = struct.unpack("<H", binary.read_bytes()[18:20])[0]
    return {62: [binary], 183: ["qemu-aarch64-static", binary]}[machine]


def check_answer(name: str, answer: dict) -> None:
    """Holds a function's answer against what `events/expected.json` says it must be."""
    expected = EXPECTED[name]
    if name.startswith("authorizer/"):
        [statement] = answer["policyDocument"]["Statement"]
        assert statement["Effect"] == expected["effect"]
        if "context" in expected:
            assert answer["context"] == expected["context"]
        else:
            assert set(answer["context"]) == {"timestamp", "request_id"}
        return
    assert answer["statusCode"] == expected["statusCode"], answer
    if expected["body"] == "":
        assert answer["body"] == ""
        return
    body = json.loads(answer["body"])
    meta = body.pop("meta")
    assert body == expected["body"]
    assert meta["request_id"] == answer["headers"]["x-request-id"]


@pytest.fixture(scope="session")
def local_stack():
    """`cargo local` where this machine reaches it, and containers if there are any. Gives both URLs."""
    try:
        with socket.socket() as any_socket:
            # The address of this machine on Docker's bridge (SIOCGIFADDR of netdevice(7)).
            answer = fcntl.ioctl(any_socket.fileno(), 0x8915, struct.pack("256s", b"docker0"))
        host = socket.inet_ntoa(answer[20:24])
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
