"""The blocks of docs/deploy.md that run AWS's own tools on this machine, as they are written."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager

from conftest import ROOT, check_response
from test_sam_local import image  # noqa: F401, a fixture

SECTION = (ROOT / "docs/deploy.md").read_text().split("\n## AWS's own tools on your machine\n")[1].split("\n## ")[0]
LOCAL, SAM = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
KEY = "crd_test_ReadsItsAccount00000000000000000000000000000PFqj3"


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
        server(LOCAL, lambda output: "\nready http" in output),
        server(SAM, lambda output: "Running on http://127.0.0.1:3001" in output, path) as output,
    ):
        response = next(line for line in output.splitlines() if line.startswith('{"statusCode"'))
        check_response("get-user/found.json", json.loads(response))
        user = get("http://127.0.0.1:3001/v1/users/user_123456789")
        assert user["data"]["name"] == "John Doe"
