"""The README's blocks that use AWS's own tools, as they are written. scripts/try-readme runs the others."""

import json
import os
import re
import shutil
import signal
import subprocess
import urllib.request
from contextlib import contextmanager

import pytest

from conftest import ROOT, check_response
from test_sam_local import image  # noqa: F401, a fixture

BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
KEY = "crd_test_ReadsItsAccount00000000000000000000000000000PFqj3"


def block(text: str) -> str:
    """The only block that contains this text."""
    [found] = [block for block in BLOCKS if text in block]
    return found


@contextmanager
def server(commands: str, ready: str, path: str | None = None):
    """Runs commands of which the last one is a server. Yields what they wrote until it was ready."""
    process = subprocess.Popen(
        ["bash", "-e", "-c", commands], cwd=ROOT, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | ({"PATH": path} if path else {}),
    )
    output = ""
    try:
        for line in process.stdout:
            output += line
            if re.search(ready, line):
                break
        else:
            pytest.fail(f"the server ended:\n{output}")
        yield output
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.stdout.read()
        process.wait()


def get(url: str) -> dict:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def test_sam_builds_invokes_and_starts_the_api(image, tmp_path):  # noqa: F811
    # AWS's image may not be available here, so `sam local` gets the tests' own.
    shim = tmp_path / "sam"
    shim.write_text(
        "#!/bin/sh\n"
        f'[ "$1" = local ] && set -- "$@" --invoke-image {image} --skip-pull-image\n'
        f'exec {shutil.which("sam")} "$@"\n'
    )
    shim.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    with (
        server(block("cargo local --host"), "^ready "),
        server(block("sam build"), "Running on http://127.0.0.1:3001", path) as output,
    ):
        response = next(line for line in output.splitlines() if line.startswith('{"statusCode"'))
        check_response("get-user/found.json", json.loads(response))
        user = get("http://127.0.0.1:3001/v1/users/user_123456789")
        assert user["data"]["name"] == "John Doe"


def test_cargo_lambda_watches_and_invokes():
    with (
        server("cargo local", "^ready "),
        server(block("cargo lambda watch"), "invoke server listening|listening"),
    ):
        invoked = subprocess.run(
            ["bash", "-e", "-c", block("cargo lambda invoke")],
            cwd=ROOT, capture_output=True, text=True, timeout=300,
        )
        assert invoked.returncode == 0, invoked.stderr
        check_response("get-user/found.json", json.loads(invoked.stdout))
