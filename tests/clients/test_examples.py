"""Each example of the contract is what the running system responds, byte for byte without `meta`."""

import json
import urllib.error
import urllib.request

import pytest
from conftest import CONTRACT, READS_ITS_ACCOUNT, USER, USER_OF_ANOTHER_ACCOUNT, cargo_local

RESPONSES = CONTRACT["paths"]["/v1/users/{id}"]["get"]["responses"]
EXAMPLES = {
    status: content["example"]
    for status, response in RESPONSES.items()
    for content in response.get("content", {}).values()
}
REQUESTS = {
    "200": {"id": USER},
    "400": {"id": "123456789"},
    "401": {"id": USER, "key": "YOUR_API_KEY"},
    "403": {"id": USER_OF_ANOTHER_ACCOUNT},
    "404": {"id": "user_missing"},
    "413": {"id": USER, "body": bytes(10 * 1024 * 1024 + 1)},
    # An item without its required attributes.
    "500": {"id": "user_400000004"},
}


def get(api, id, key=READS_ITS_ACCOUNT, body=None):
    """The status and the body of the response."""
    request = urllib.request.Request(
        f"{api}/v1/users/{id}", body, {"Authorization": f"Bearer {key}"}, method="GET"
    )
    try:
        with urllib.request.urlopen(request) as response:
            return str(response.status), response.read()
    except urllib.error.HTTPError as error:
        return str(error.code), error.read()


def without_meta(body: bytes) -> bytes:
    return body[: body.index(b',"meta":{')]


def compact(example: dict) -> bytes:
    return json.dumps(example, ensure_ascii=False, separators=(",", ":")).encode()


def check(status, response):
    assert response[0] == status
    assert without_meta(response[1]) == without_meta(compact(EXAMPLES[status]))
    # `meta` comes last.
    assert list(json.loads(response[1]))[-1] == "meta"


@pytest.mark.parametrize("status", REQUESTS)
def test_the_example_is_the_response(api, status):
    check(status, get(api, **REQUESTS[status]))


@pytest.mark.parametrize("status", ["429", "503"])
def test_the_example_is_the_response_that_fails_on_purpose(status):
    with cargo_local("--fail", status) as (api, _):
        check(status, get(api, USER))


def test_every_example_is_compared():
    assert EXAMPLES.keys() == REQUESTS.keys() | {"429", "503"}
