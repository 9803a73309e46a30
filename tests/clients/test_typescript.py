"""The client of openapi-typescript and openapi-fetch. Its test is `client.test.ts`."""

import shutil
from pathlib import Path

from conftest import CLIENTS, READS_ITS_ACCOUNT, USER, readme_block, run

CHECK = ["tsc", "--noEmit", "--strict", "--target", "es2024", "--module", "preserve", "--allowImportingTsExtensions"]


def test_the_client_understands_each_response(api, stubbed):
    url, _ = stubbed
    shutil.copy(Path(__file__).with_name("client.test.ts"), CLIENTS)
    run(*CHECK, "client.test.ts")
    run("node", "--test", "client.test.ts", API=api, STUB=url, KEY=READS_ITS_ACCOUNT)


def test_the_readmes_block(api):
    assert run_block(api) == "John Doe\n"


def test_the_readmes_block_retries_after_429_and_503(stubbed):
    url, requests = stubbed
    assert run_block(url) == "John Doe\n"
    assert requests == {f"/v1/users/{USER}": 3}


def run_block(url):
    (CLIENTS / "readme.ts").write_text(readme_block("ts", url))
    run(*CHECK, "readme.ts")
    return run("node", "readme.ts")
