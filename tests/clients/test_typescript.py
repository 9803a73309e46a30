"""The client of openapi-typescript and openapi-fetch. Its test is `client.test.ts`."""

import shutil
from pathlib import Path

import stub
from conftest import CLIENTS, CONTRACT, READS_ITS_ACCOUNT, TYPE_CHECK, run


def test_the_client_understands_each_response(api):
    shutil.copy(Path(__file__).with_name("client.test.ts"), CLIENTS)
    run(*TYPE_CHECK, "client.test.ts")
    with stub.serve(CONTRACT) as (url, _):
        run("node", "--test", "client.test.ts", API=api, STUB=url, KEY=READS_ITS_ACCOUNT)
