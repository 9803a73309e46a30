"""The README's blocks that use AWS's own tools, as they are written. scripts/try-readme runs the others."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager

from conftest import ROOT, check_response
from test_sam_local import image  # noqa: F401, a fixture

BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
KEY = "crd_test_ReadsItsAccount00000000000000000000000000000PFqj3"


def block(text: str) -> str:
    """The only block that contains this text."""
    [found] = [block for block in BLOCKS if text in block]
    return found


@contextmanager
def server(commands: str, is_ready, path: str = os.environ["PATH"]):
    """Runs commands of which the last one is a server. Yields their output so far when `is_ready` accepts it."""
    with tempfile.TemporaryFile("w+") as file:
        process = subprocess.Popen(
            ["bash", "-e", "-c", commands], cwd=ROOT, start_new_session=True,
            stdout=file, stderr=subprocess.STDOUT, env=os.environ | {"PATH": path}, preexec_fn=accept_interrupts,
        )
        try:
            while not is_ready(output := read(file)):
                assert process.poll() is None, output
                time.sleep(0.2)
            yield output
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=300)


def accept_interrupts() -> None:
    """Without job control, a shell makes background processes ignore SIGINT, and their children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def read(file) -> str:
    return os.pread(file.fileno(), 1 << 20, 0).decode()


def serves(_output: str) -> bool:
    """Whether `cargo lambda watch`, which prints nothing, accepts connections."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", 9000)) == 0


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
        server(block("cargo local --host"), lambda output: "\nready http" in output),
        server(block("sam build"), lambda output: "Running on http://127.0.0.1:3001" in output, path) as output,
    ):
        response = next(line for line in output.splitlines() if line.startswith('{"statusCode"'))
        check_response("get-user/found.json", json.loads(response))
        user = get("http://127.0.0.1:3001/v1/users/user_123456789")
        assert user["data"]["name"] == "John Doe"


def test_cargo_lambda_watches_and_invokes():
    with (
        server("cargo local", lambda output: "\nready http" in output),
        server(block("cargo lambda watch"), serves),
    ):
        invoked = subprocess.run(
            ["bash", "-e", "-c", block("cargo lambda invoke")],
            cwd=ROOT, capture_output=True, text=True, timeout=300,
        )
        assert invoked.returncode == 0, invoked.stderr
        check_response("get-user/found.json", json.loads(invoked.stdout))
