"""Generated requests, and every check that Schemathesis has.

It leaves out headers with control characters by itself. RFC 9110, section 5.5, does not allow them, and HTTP servers
refuse such a request before the API sees it.
"""

import re
from pathlib import Path

import pytest
from conftest import CONTRACT_FILE, READS_ITS_ACCOUNT, run

CONFIG = Path(__file__).with_name("schemathesis.toml")
# With and without a key.
CASES = 2 * 1_500


@pytest.mark.parametrize("key", [READS_ITS_ACCOUNT, None], ids=["with a key", "without a key"])
def test_each_response_is_as_the_contract_says(api, key):
    headers = ["--header", f"Authorization: Bearer {key}"] if key else []
    output = run(
        "schemathesis", "--config-file", CONFIG, "run", CONTRACT_FILE, "--url", api, "--checks", "all", *headers
    )
    print(output)
    assert int(re.search(r"(\d+) generated", output)[1]) >= CASES / 2
