"""`cargo local`, and commands in the folder of the clients."""

import os
import re
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
# Where `scripts/check clients` puts the generated clients.
CLIENTS = ROOT / "target/clients"
CONTRACT_FILE = ROOT / "contract/credira-users.openapi.yaml"
CONTRACT = yaml.safe_load(CONTRACT_FILE.read_text())

TYPE_CHECK = "tsc --noEmit --strict --target es2024 --module preserve --allowImportingTsExtensions".split()

READS_ITS_ACCOUNT = "crd_test_ReadsItsAccount00000000000000000000000000000PFqj3"
USER = "user_123456789"
USER_OF_ANOTHER_ACCOUNT = "user_300000003"


@contextmanager
def cargo_local(*options):
    """Starts it on free ports. Yields the URLs of the API and of DynamoDB."""
    stack = subprocess.Popen(
        ["cargo", "local", "--port", "0", "--dynamodb-port", "0", *options],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )
    for line in stack.stdout:
        if match := re.fullmatch(r"ready (\S+) dynamodb (\S+)\n", line):
            break
    else:
        pytest.fail("cargo local did not start")
    # It writes a line for each request, and must not wait for a reader.
    threading.Thread(target=stack.stdout.read, daemon=True).start()
    try:
        yield match[1], match[2]
    finally:
        stack.terminate()
        assert stack.wait() == 0


@pytest.fixture(scope="session")
def api():
    """The URL of the API."""
    with cargo_local() as (api, _):
        yield api


def run(*command, exit_code=0, **variables) -> str:
    """Runs a command in the folder of the clients. Returns its output."""
    result = subprocess.run(
        command, cwd=CLIENTS, env=os.environ | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert result.returncode == exit_code, result.stdout
    return result.stdout
