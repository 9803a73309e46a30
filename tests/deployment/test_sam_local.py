"""The built functions in containers, with `sam local start-api`. test_emulator.py runs every event without one."""

import json
import re
import shutil
import signal
import subprocess
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from conftest import BUILT, ROOT

IMAGE = "credira-users-base:local"


@pytest.fixture(scope="session")
def image(tmp_path_factory):
    """A base image for SAM, with this machine's own C library. AWS's image may not be available
    here."""
    needed = {shutil.which(tool) for tool in ("sh", "mv", "chmod")}
    libraries = subprocess.run(
        ["ldd", *needed, *BUILT.values()], check=True, capture_output=True, text=True
    ).stdout
    needed.update(re.findall(r"(/\S+) \(0x", libraries))
    for pattern in ("libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2"):
        needed.update(map(str, Path("/lib/x86_64-linux-gnu").glob(pattern)))
    archive = tmp_path_factory.mktemp("image") / "image.tar"
    with tarfile.open(archive, "w", dereference=True) as tar:
        for path in sorted(needed):
            tar.add(path, arcname=path)
            if "/lib" not in path:
                tar.add(path, arcname=f"/bin/{Path(path).name}")
        for folder in ("/tmp", "/var/task", "/var/runtime", "/var/rapid"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o777
            tar.addfile(entry)
    subprocess.run(
        ["docker", "import", "--change", "WORKDIR /var/task", archive, IMAGE], check=True
    )
    # SAM keeps the image that it built from an earlier base image, which may lack a library.
    built = IMAGE.replace(":local", ":rapid-x86_64")
    subprocess.run(["docker", "image", "rm", "--force", built], check=True)
    return IMAGE


@pytest.fixture
def url(image, local_stack, tmp_path):
    """`sam local start-api`, on the local stack's tables."""
    environment = json.loads((ROOT / "events/environment.json").read_text())
    port = local_stack["dynamodb"].rsplit(":")[-1]
    environment["Parameters"]["AWS_ENDPOINT_URL_DYNAMODB"] = f"http://host.docker.internal:{port}"
    variables = tmp_path / "environment.json"
    variables.write_text(json.dumps(environment))
    process = subprocess.Popen(
        ["sam", "local", "start-api", "--port", "0", "--invoke-image", image, "--skip-pull-image",
         "--env-vars", variables, "--add-host", "host.docker.internal:host-gateway", "--warm-containers", "EAGER"],
        cwd=ROOT, stderr=subprocess.PIPE, text=True,
    )
    try:
        urls = (re.search(r"Running on (http://\S+)", line) for line in process.stderr)
        found = next(filter(None, urls), None)
        assert found, "sam local start-api did not start"
        yield found[1]
    finally:
        # It ignores an interrupt in the background.
        process.send_signal(signal.SIGTERM)
        process.wait()


def send(url, path, key=None, method="GET"):
    request = urllib.request.Request(url + path, method=method)
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    try:
        response = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        response = error
    return response.status, response.read().decode()


def test_sam_local_start_api(url):
    keys = json.loads((ROOT / "tools/local/demo/api-keys.json").read_text())
    keys = {key["name"]: key["key"] for key in keys}
    user = "/v1/users/user_123456789"

    status, body = send(url, user, keys["reads its account"])
    assert status == 200, body
    assert json.loads(body)["data"]["email"] == "john.doe@company.com"
    assert send(url, "/v1/users/john.doe", keys["reads its account"])[0] == 400
    assert send(url, "/v1/users/user_300000003", keys["reads its account"])[0] == 403
    assert send(url, "/v1/users/user_000000000", keys["reads its account"])[0] == 404
    status, body = send(url, user, keys["reads itself"], "HEAD")
    assert (status, body) == (200, "")
    # SAM does not support gateway responses. Its own response to a Deny is a 403 without the envelope.
    for key in ("YOUR_API_KEY", keys["is revoked"], keys["is expired"], None):
        status, body = send(url, user, key)
        assert status == 403
        assert "error" not in json.loads(body)
    for path, method, expected in [(user, "POST", 405), ("/v1/accounts", "GET", 404), ("/", "GET", 404)]:
        status, body = send(url, path, method=method)
        assert status == expected, (path, method, body)
        assert json.loads(body)["success"] is False
