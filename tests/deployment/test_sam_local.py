"""The blocks of docs/deploy.md that run the functions in containers, as they are written. test_emulator.py runs every
event without a container."""

import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import BUILT, KEYS, ROOT, check_response, send

IMAGE = "credira-users-base:local"
SECTION = (ROOT / "docs/deploy.md").read_text().split("\n## AWS's own tools on your machine\n")[1].split("\n## ")[0]
LOCAL, SAM = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
API, USER = "http://127.0.0.1:3001", "/v1/users/user_123456789"


@pytest.fixture
def image(tmp_path):
    """A base image for SAM, with this machine's own C library. AWS's image may not be available here."""
    needed = {shutil.which(tool) for tool in ("sh", "mv", "chmod")}
    libraries = subprocess.run(["ldd", *needed, *BUILT.values()], check=True, capture_output=True, text=True).stdout
    needed.update(re.findall(r"(/\S+) \(0x", libraries))
    for pattern in ("libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2"):
        needed.update(map(str, Path("/lib/x86_64-linux-gnu").glob(pattern)))
    archive = tmp_path / "image.tar"
    with tarfile.open(archive, "w", dereference=True) as tar:
        for path in sorted(needed):
            tar.add(path, arcname=path)
            if "/lib" not in path:
                tar.add(path, arcname=f"/bin/{Path(path).name}")
        for folder in ("/tmp", "/var/task", "/var/runtime", "/var/rapid"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o777
            tar.addfile(entry)
    subprocess.run(["docker", "import", "--change", "WORKDIR /var/task", archive, IMAGE], check=True)
    # SAM keeps the image that it built from an earlier base image, which may lack a library.
    subprocess.run(["docker", "image", "rm", "--force", IMAGE.replace(":local", ":rapid-x86_64")], check=True)


@contextmanager
def server(commands: str, ready: str, log: Path, path: str = os.environ["PATH"]):
    """Runs commands of which the last one is a server, until its output has `ready`. Yields the output so far."""
    with log.open("w") as file:
        process = subprocess.Popen(
            ["bash", "-e", "-c", commands], cwd=ROOT, start_new_session=True, stdout=file, stderr=subprocess.STDOUT,
            env=os.environ | {"PATH": path},
            # Without job control, a shell makes background processes ignore SIGINT, and their children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            while ready not in (output := log.read_text()):
                assert process.poll() is None, output
                time.sleep(0.2)
            yield output
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=300)


def test_sam_builds_invokes_and_starts_the_api(image, tmp_path):
    shim = tmp_path / "sam"
    shim.write_text(
        "#!/bin/sh\n"
        f'[ "$1" = local ] && set -- "$@" --invoke-image {IMAGE} --skip-pull-image\n'
        '[ "$2" = start-api ] && set -- "$@" --warm-containers EAGER\n'
        f'exec {shutil.which("sam")} "$@"\n'
    )
    shim.chmod(0o755)
    with (
        server(LOCAL, "\nready http", tmp_path / "local.log"),
        server(SAM, f"Running on {API}", tmp_path / "sam.log", f"{tmp_path}:{os.environ['PATH']}") as output,
    ):
        response = next(line for line in output.splitlines() if line.startswith('{"statusCode"'))
        check_response("get-user/found.json", json.loads(response))

        status, body = send(API + USER, KEYS["reads its account"])
        assert (status, json.loads(body)["data"]["email"]) == (200, "john.doe@company.com")
        for user, expected in [("john.doe", 400), ("user_300000003", 403), ("user_000000000", 404)]:
            assert send(f"{API}/v1/users/{user}", KEYS["reads its account"])[0] == expected
        assert send(API + USER, KEYS["reads itself"], "HEAD") == (200, "")
        # SAM does not support gateway responses. Its own response to a Deny is a 403 without the envelope.
        for key in ("YOUR_API_KEY", KEYS["is revoked"], KEYS["is expired"], None):
            status, body = send(API + USER, key)
            assert status == 403 and "error" not in json.loads(body)
        for path, method, expected in [(USER, "POST", 405), ("/v1/accounts", "GET", 404), ("/", "GET", 404)]:
            status, body = send(API + path, method=method)
            assert (status, json.loads(body)["success"]) == (expected, False), path
