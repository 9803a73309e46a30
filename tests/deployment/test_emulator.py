"""The built functions in Lambda's runtime interface emulator, without a container."""

import json
import os
import platform
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
import samcli

from conftest import BUILT, EVENTS, ROOT, check_response, command

MACHINE = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
EMULATOR = Path(samcli.__file__).parent / f"local/rapid/aws-lambda-rie-{MACHINE}"


@pytest.fixture(scope="module", params=list(BUILT))
def function(request, local_stack, tmp_path_factory):
    emulator = tmp_path_factory.mktemp("emulator") / "aws-lambda-rie"
    emulator.write_bytes(EMULATOR.read_bytes())
    emulator.chmod(0o755)
    with socket.socket() as free, socket.socket() as also_free:
        for one in (free, also_free):
            one.bind(("127.0.0.1", 0))
        address, runtime_api = (
            "127.0.0.1:%d" % one.getsockname()[1] for one in (free, also_free)
        )
    process = subprocess.Popen(
        [
            emulator,
            "--runtime-interface-emulator-address", address,
            "--runtime-api-address", runtime_api,
            *command(BUILT[request.param]),
        ],
        env={
            **os.environ,
            "AWS_LAMBDA_FUNCTION_NAME": request.param,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_REGION": "us-east-1",
            "USERS_TABLE": "users",
            "API_KEYS_TABLE": "api-keys",
            "AWS_ENDPOINT_URL_DYNAMODB": local_stack["dynamodb"],
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(100):
        try:
            socket.create_connection(tuple_of(address)).close()
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    yield request.param, f"http://{address}/2015-03-31/functions/function/invocations"
    process.terminate()
    process.wait()


def tuple_of(address: str) -> tuple[str, int]:
    host, port = address.split(":")
    return host, int(port)


def test_each_event_gets_the_expected_response(function):
    folder, url = function
    events = [name for name in EVENTS if name.startswith(f"{folder}/")]
    assert events
    # One at a time, because the emulator fails if it gets two calls at once.
    for name in events:
        event = (ROOT / "events" / name).read_bytes()
        with urllib.request.urlopen(urllib.request.Request(url, data=event), timeout=30) as response:
            check_response(name, json.load(response))
