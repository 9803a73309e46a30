"""Every event gets the expected response with `cargo lambda watch` and `cargo lambda invoke`."""

import json
import os
import signal
import socket
import subprocess
import time

import pytest

from conftest import EVENTS, ROOT, check_response

PORT = 9123


@pytest.fixture(scope="module")
def watch(local_stack):
    process = subprocess.Popen(
        ["cargo", "lambda", "watch", "--ignore-changes", "--invoke-port", str(PORT)],
        cwd=ROOT,
        env={
            **os.environ,
            "AWS_REGION": "us-east-1",
            "USERS_TABLE": "users",
            "API_KEYS_TABLE": "api-keys",
            "AWS_ENDPOINT_URL_DYNAMODB": local_stack["dynamodb"],
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", PORT)).close()
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    yield
    os.killpg(process.pid, signal.SIGTERM)
    process.wait()


@pytest.mark.parametrize("name", EVENTS)
def test_cargo_lambda_invoke(name, watch):
    invoked = subprocess.run(
        [
            "cargo", "lambda", "invoke", name.split("/")[0],
            "--invoke-port", str(PORT), "--data-file", ROOT / "events" / name,
        ],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )
    assert invoked.returncode == 0, invoked.stderr
    check_response(name, json.loads(invoked.stdout))
