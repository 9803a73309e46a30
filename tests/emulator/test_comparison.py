"""`cargo local` and the emulator give the same responses, and `cargo keys` the same output for both tables."""

import json
import re

from conftest import ENDPOINT, ROOT, cargo_keys, respond

DEMO = {name: json.loads((ROOT / f"tools/local/demo/{name}.json").read_text()) for name in ("api-keys", "users")}
USER, KEYS = "/v1/users/user_123456789", [("Authorization", f"Bearer {key['key']}") for key in DEMO["api-keys"]]
# Not compared, because the emulator differs from API Gateway: it decodes a path (serverless/serverless, issue 5037), drops
# its empty segments, and drops values of a repeated header (API Gateway's guide, "multiValueHeaders").
PATHS = (
    "/", "//", "/v1/users/", "/v1/users/..", "/v1/users/%ff", "/V1/users/user_123456789", "/v1/users/me", "/v1/users/user_0",
    f"{USER}/", f"{USER}//", f"{USER}/calls", f"{USER}?a=1&a=2&b", f"{USER};a=1",
)
REQUESTS = [
    *(("GET", f"/v1/users/{user['id']}", [key]) for user in DEMO["users"] for key in KEYS),
    *((method, USER, [KEYS[0]]) for method in ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")),
    *(("GET", path, [KEYS[0]]) for path in PATHS),
    ("GET", USER, [KEYS[0], ("X-Long", "a" * 9_000)]),
    ("GET", USER, [KEYS[0]], b'{"id":"user_987654321"}'),
]


def test_both_gateways_give_the_same_responses(stack, local):
    for request in REQUESTS:
        responses = [respond(url, *request) for url in (local[0], stack.url())]
        ours, theirs = ((status, headers, body | {"meta": None}) for status, headers, body in responses)
        assert ours == theirs, request


def test_cargo_keys_prints_the_same_and_its_keys_work(stack, local):
    # The embedded DynamoDB does not take a table's ARN.
    arn, outputs = f"arn:aws:dynamodb:us-east-1:000000000000:table/{stack['ApiKeysTable']}", []
    for url, *place in ((local[0], local[1], "api-keys"), (stack.url(), ENDPOINT, arn)):
        created = cargo_keys(*place, "create", "--account", "acc_456123789", "--scope", "users:read", "--expires-in", "90d")
        assert respond(url, "GET", "/v1/users/user_300000003", [("Authorization", f"Bearer {created['key']}")])[0] == 200
        commands = ("list", "--account", "acc_456123789"), ("find",), ("rotate", created["key_id"]), ("revoke", created["key_id"])
        output = [created, *(cargo_keys(*place, *command, stdin=created["key"]) for command in commands)]
        outputs.append(re.sub(r'key_\w{20}|crd_live_[^"]+|\d{4}-[^"]+Z|\d{10}', "…", json.dumps(output)))
    assert outputs[0] == outputs[1]
