"""The clients for Python: client.py CLIENT URL ID KEY ETAG.

Each harness prints how its caller gets the response (`ok` or `raised`), the status, the user's name or the error's
code, and `Retry-After`.
"""

import json
import sys

import aiopenapi3
import httpx2
from aiopenapi3.errors import HTTPStatusIndicatedError
from clientele.api.exceptions import APIException
from conftest import CONTRACT

import from_clientele.client
import from_clientele.config
from from_openapi_python_client import AuthenticatedClient
from from_openapi_python_client.api.users import get_user
from from_openapi_python_client.types import UNSET


def openapi_python_client(url, id, key, etag):
    client = AuthenticatedClient(url, token=key)
    response = get_user.sync_detailed(id, client=client, if_none_match=etag or UNSET)
    return "ok", int(response.status_code), value(response.parsed), response.headers.get("Retry-After")


def clientele(url, id, key, etag):
    headers = {"Authorization": f"Bearer {key}"} | ({"If-None-Match": etag} if etag else {})
    from_clientele.client.client.configure(config=from_clientele.config.Config(base_url=url, headers=headers))
    try:
        return "ok", None, value(from_clientele.client.get_user(id=id)), None
    except APIException as error:
        return "raised", error.response.status_code, None, None


def aiopenapi(url, id, key, etag):
    # It makes a client of the annotated type.
    def session(*args, **kwargs) -> httpx2.Client:
        return httpx2.Client(*args, **kwargs)

    contract = CONTRACT | {"servers": [{"url": url}]}
    api = aiopenapi3.OpenAPI.loads(f"{url}/openapi.json", json.dumps(contract), session_factory=session)
    api.authenticate(ApiKey=key)
    parameters = {"id": id} | ({"If-None-Match": etag} if etag else {})
    try:
        headers, parsed, response = api.createRequest("getUser").request(parameters=parameters)
        return "ok", response.status_code, value(parsed), headers.get("Retry-After")
    except HTTPStatusIndicatedError as error:
        return "raised", error.status_code, value(error.data), error.headers.get("Retry-After")


def value(parsed):
    if parsed:
        return parsed.data.name if hasattr(parsed, "data") else parsed.error.code


print(*(part or "" for part in globals()[sys.argv[1]](*sys.argv[2:])), sep="\t")
