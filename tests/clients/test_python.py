"""The client of openapi-python-client."""

import sys
from datetime import UTC, datetime

import stub
from conftest import CLIENTS, CONTRACT, READS_ITS_ACCOUNT, USER, USER_OF_ANOTHER_ACCOUNT

sys.path.append(str(CLIENTS))

from credira_users import AuthenticatedClient
from credira_users.api.users import get_user


def test_the_client_understands_each_response(api):
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

    with stub.serve(CONTRACT) as (url, _):
        extended = get(stub.EXTENDED, url=url).parsed.data
        assert (extended.name, extended["new"]) == ("John Doe", {"field": [1, None]})
        assert extended.metadata["new"] == {"field": [1, None]}
        assert get(stub.SUSPENDED, url=url).parsed.error.code == "ACCOUNT_SUSPENDED"
