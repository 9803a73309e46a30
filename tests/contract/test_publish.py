"""The contract has what a client needs, and nothing else of the definition."""

import json
import tomllib
from pathlib import Path

import pytest
import yaml

from contract import publish
from contract.publish import resolved

ROOT = Path(__file__).parent.parent.parent
DEFINITION = yaml.safe_load((ROOT / "openapi.yaml").read_text())
OVERLAY = yaml.safe_load((ROOT / "contract/overlay.yaml").read_text())
CONTRACT = publish.contract(DEFINITION, OVERLAY)
GATEWAY_RESPONSES = DEFINITION["x-amazon-apigateway-gateway-responses"]
GET = CONTRACT["paths"]["/v1/users/{id}"]["get"]["responses"]


def test_nothing_is_left_of_the_gateway():
    for word in ("x-amazon", "Fn::", "{proxy+}", "MethodNotAllowed", "Route"):
        assert word not in json.dumps([CONTRACT["paths"], CONTRACT["components"]])


def test_objects_are_open_and_the_definition_stays_closed():
    assert '"additionalProperties": false' not in json.dumps(CONTRACT)
    schemas = DEFINITION["components"]["schemas"]
    assert {name for name, schema in schemas.items() if schema.get("additionalProperties") is not False} == {"Metadata"}


def test_the_example_is_the_one_of_the_page():
    page = json.loads((ROOT / "tests/api/page.json").read_text())
    example = GET["200"]["content"]["application/json"]["example"]
    assert example == page and json.dumps(example) == json.dumps(page)


@pytest.mark.parametrize("kind", GATEWAY_RESPONSES.keys() - {"DEFAULT_4XX", "UNSUPPORTED_MEDIA_TYPE"})
def test_a_response_of_the_gateway_is_documented_with_its_headers(kind):
    gateway_response = GATEWAY_RESPONSES[kind]
    response = GET[gateway_response["statusCode"]]
    headers = {name: resolved(CONTRACT, header) for name, header in response["headers"].items()}
    sent = {name.removeprefix("gatewayresponse.header.") for name in gateway_response["responseParameters"]}
    assert {name for name, header in headers.items() if header.get("required")} <= sent <= headers.keys()


@pytest.mark.parametrize("kind", ["QUOTA_EXCEEDED", "REQUEST_TOO_LARGE", "THROTTLED"])
def test_the_example_of_a_status_that_only_the_gateway_sends_is_its_response(kind):
    gateway_response = GATEWAY_RESPONSES[kind]
    example = GET[gateway_response["statusCode"]]["content"]["application/json"]["example"]
    template = gateway_response["responseTemplates"]["application/json"]
    assert template.replace("$context.extendedRequestId", "123456789") == json.dumps(example, separators=(",", ":"))


@pytest.mark.parametrize("kind", GATEWAY_RESPONSES)
def test_an_error_of_the_gateway_has_a_documented_code(kind):
    body = json.loads(GATEWAY_RESPONSES[kind]["responseTemplates"]["application/json"])
    code = CONTRACT["components"]["schemas"]["ErrorDetail"]["properties"]["code"]
    assert body["error"]["code"] in code["x-extensible-enum"]


def test_the_rate_limit_is_the_one_of_production():
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())
    parameters = dict(pair.split("=") for pair in settings["prod"]["global"]["parameters"]["parameter_overrides"])
    rate, burst = int(parameters["ThrottleRate"]), int(parameters["ThrottleBurst"])
    assert f"{rate:,} requests a second, and of {burst:,} at once" in CONTRACT["info"]["description"]
