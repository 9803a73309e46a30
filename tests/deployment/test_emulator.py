"""The built functions in Lambda's runtime interface emulator, without a container."""

import json
import os
import platform
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import samcli

from conftest import BUILT, EVENTS, ROOT, check_response, command

MACHINE = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
EMULATOR = Path(samcli.__file__).parent / f"local/rapid/aws-lambda-rie-{MACHINE}"


@pytest.mark.parametrize("function", BUILT)
def test_each_event_gets_the_expected_response(function, local_stack, tmp_path):
    emulator = shutil.copyfile(EMULATOR, tmp_path / "aws-lambda-rie")
    emulator.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as free, socket.create_server(("127.0.0.1", 0)) as also_free:
        address, runtime_api = ("127.0.0.1:%d" % one.getsockname()[1] for one in (free, also_free))
    environment = os.environ | {
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_REGION": "us-east-1",
        "USERS_TABLE": "users",
        "API_KEYS_TABLE": "api-keys",
        "AWS_ENDPOINT_URL_DYNAMODB": local_stack["dynamodb"],
    }
    addresses = ["--runtime-interface-emulator-address", address, "--runtime-api-address", runtime_api]
    process = subprocess.Popen(
        [emulator, *addresses, *command(BUILT[function])],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        # One at a time, because the emulator fails if it gets two calls at once.
        for name in (name for name in EVENTS if name.startswith(f"{function}/")):
            response = subprocess.check_output([
                "curl", "--silent", "--max-time", "60", "--retry", "10", "--retry-connrefused", "--data-binary", f"@{ROOT}/events/{name}",
                f"http://{address}/2015-03-31/functions/function/invocations",
            ])
            check_response(name, json.loads(response))
    finally:
        process.terminate()
        process.wait()
