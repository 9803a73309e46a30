"""The client of openapi-python-client."""

import sys
from datetime import UTC, datetime

from conftest import CLIENTS, READS_ITS_ACCOUNT, USER, USER_OF_ANOTHER_ACCOUNT, readme_block, run
from stub import USER_WITH_NEW_FIELDS

sys.path.append(str(CLIENTS))

from credira_users import AuthenticatedClient
from credira_users.api.users import get_user


def test_the_client_understands_each_response(api, stubbed):
    def get(id, key=READS_ITS_ACCOUNT, url=api, **headers):
        return get_user.sync_detailed(id, client=AuthenticatedClient(url, token=key), **headers)

    user = get(USER)
    assert user.status_code == 200
    assert user.parsed.data.email == "john.doe@company.com"
    assert user.parsed.data.created_time == datetime(2024, 1, 15, 10, 30, tzinfo=UTC)

    unchanged = get(USER, if_none_match=user.headers["ETag"])
    assert (unchanged.status_code, unchanged.parsed) == (304, None)

    for response, status, code in [
        (get(USER, key="YOUR_API_KEY"), 401, "UNAUTHORIZED"),
        (get(USER_OF_ANOTHER_ACCOUNT), 403, "FORBIDDEN"),
        (get("user_missing"), 404, "NOT_FOUND"),
    ]:
        assert (response.status_code, response.parsed.error.code) == (status, code)
        assert response.parsed.meta.request_id == response.headers["X-Request-Id"]

    url, _ = stubbed
    extended = get(USER_WITH_NEW_FIELDS, url=url)
    assert extended.parsed.data.name == "John Doe"
    assert extended.parsed.data["new"] == {"field": [1, None]}


def test_the_readmes_block(api):
    assert run_block(api) == "John Doe\n"


def test_the_readmes_block_retries_after_429_and_503(stubbed):
    url, requests = stubbed
    assert run_block(url) == "John Doe\n"
    assert requests == {f"/v1/users/{USER}": 3}


def run_block(url):
    (CLIENTS / "readme.py").write_text(readme_block("python", url))
    return run(sys.executable, "readme.py")
