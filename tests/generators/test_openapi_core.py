"""openapi-core accepts what the running system responds, headers included."""

import pytest
import requests
from conftest import CONTRACT, READS_ITS_ACCOUNT, USER, cargo_local
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from test_examples import REQUESTS


def valid_response(api, id, key=READS_ITS_ACCOUNT, body=None, **headers):
    headers["Authorization"] = f"Bearer {key}"
    request = requests.Request("GET", f"{api}/v1/users/{id}", data=body, headers=headers)
    response = requests.Session().send(request.prepare())
    contract = OpenAPI.from_dict(CONTRACT | {"servers": [{"url": api}]})
    contract.validate_response(RequestsOpenAPIRequest(request), RequestsOpenAPIResponse(response))
    return response


def test_real_responses_are_valid():
    with cargo_local() as (api, _):
        for status, request in REQUESTS.items():
            assert valid_response(api, **request).status_code == int(status)
        etag = valid_response(api, USER).headers["ETag"]
        assert valid_response(api, USER, **{"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("status", [429, 500, 503])
def test_real_failures_are_valid(status):
    with cargo_local("--fail", str(status)) as (api, _):
        assert valid_response(api, USER).status_code == status
