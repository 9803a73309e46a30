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
# `cargo local` never sends it. tests/contract/test_publish.py compares its example with the template of the gateway
# response.
UNREACHABLE = {"429"}


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


def test_the_example_of_503_is_the_response_when_a_table_is_missing():
    with cargo_local("--empty") as (api, dynamodb):
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "DynamoDB_20120810.DeleteTable",
            "X-Amz-Date": "20240115T103000Z",
            "Authorization": "AWS4-HMAC-SHA256 Credential=local/20240115/us-east-1/dynamodb/aws4_request, "
            "SignedHeaders=host, Signature=0",
        }
        request = urllib.request.Request(dynamodb, b'{"TableName":"api-keys"}', headers)
        urllib.request.urlopen(request).close()
        check("503", get(api, USER))


def test_every_example_is_compared():
    assert EXAMPLES.keys() == REQUESTS.keys() | UNREACHABLE | {"503"}
