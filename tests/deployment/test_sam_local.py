"""The built functions in containers, with `sam local invoke` and `sam local start-api`."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import BUILT, ROOT, check_response

IMAGE = "credira-users-base:local"
FUNCTIONS = {"get-user": "GetUserFunction", "authorizer": "AuthorizerFunction"}


@pytest.mark.parametrize("binary", BUILT.values(), ids=BUILT)
def test_amazon_linux_2023_has_the_c_library_that_a_binary_needs(binary):
    symbols = subprocess.run(["objdump", "-T", binary], check=True, capture_output=True, text=True)
    versions = re.findall(r"GLIBC_(\d+)\.(\d+)", symbols.stdout)
    assert max((int(major), int(minor)) for major, minor in versions) <= (2, 34)


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


@pytest.fixture(scope="session")
def options(image, local_stack, tmp_path_factory):
    """The options of every `sam local`: the base image, and the local stack's tables."""
    environment = json.loads((ROOT / "events/environment.json").read_text())
    port = local_stack["dynamodb"].rsplit(":")[-1]
    environment["Parameters"]["AWS_ENDPOINT_URL_DYNAMODB"] = f"http://host.docker.internal:{port}"
    file = tmp_path_factory.mktemp("environment") / "environment.json"
    file.write_text(json.dumps(environment))
    return [
        "--invoke-image", image, "--skip-pull-image",
        "--env-vars", str(file),
        "--add-host", "host.docker.internal:host-gateway",
    ]


# A container takes 18 seconds. test_emulator.py runs every event in the same emulator without one.
@pytest.mark.parametrize("name", ["get-user/found.json", "authorizer/allow.json"])
def test_sam_local_invoke(name, options):
    function = FUNCTIONS[name.split("/")[0]]
    invoked = subprocess.run(
        ["sam", "local", "invoke", function, "--event", ROOT / "events" / name, *options],
        cwd=ROOT, capture_output=True, text=True,
    )
    assert invoked.returncode == 0, invoked.stderr
    check_response(name, json.loads(invoked.stdout.splitlines()[-1]))


@contextmanager
def start_api(options, **environment):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["sam", "local", "start-api", "--port", str(port), *options],
        cwd=ROOT, stderr=subprocess.PIPE, text=True, env=os.environ | environment,
    )
    try:
        for line in process.stderr:
            if "Running on http" in line:
                break
        else:
            pytest.fail("sam local start-api did not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        # It ignores an interrupt in the background.
        process.send_signal(signal.SIGTERM)
        process.wait()


@pytest.fixture(scope="module")
def url(options):
    with start_api([*options, "--warm-containers", "EAGER"]) as url:
        yield url


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


@pytest.mark.parametrize("seed", range(10))
def test_sam_local_start_api_has_the_same_routes_at_each_start(seed, options):
    """SAM keeps routes in a set, and the seed decides its order."""
    user = "/v1/users/user_123456789"
    key = "crd_test_ReadsItsAccount00000000000000000000000000000PFqj3"
    with start_api(options, PYTHONHASHSEED=str(seed)) as url:
        assert send(url, user, key)[0] == 200
        assert send(url, user, key, "HEAD")[0] == 200
        assert send(url, user)[0] == 403
        assert send(url, user, method="POST")[0] == 405
