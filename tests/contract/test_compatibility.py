"""A change that breaks clients needs a new major version, and an addition a new minor version."""

import copy
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from contract import compatibility

CONTRACT = yaml.safe_load((Path(__file__).parent.parent.parent / "contract/credira-users.openapi.yaml").read_text())
STRING = {"type": "string"}


def parts(contract):
    """The contract, and those of its parts that the changes are about."""
    components, paths = contract["components"], contract["paths"]
    get, schemas = paths["/v1/users/{id}"]["get"], components["schemas"]
    return SimpleNamespace(
        contract=contract, paths=paths, path=paths["/v1/users/{id}"], get=get, responses=get["responses"],
        ok=get["responses"]["200"], headers=components["headers"], schemes=components["securitySchemes"],
        id=components["parameters"]["id"], schemas=schemas, user=schemas["User"], fields=schemas["User"]["properties"],
        codes=schemas["ErrorDetail"]["properties"]["code"]["x-extensible-enum"],
    )


def parameter(name, place, **others):
    return {"name": name, "in": place, "schema": STRING, **others}


BREAKING = {
    "a removed field": lambda of: of.fields.pop("phone"),
    "another type": lambda of: of.fields["status"].update(type="integer"),
    "another type of items": lambda of: of.fields["permissions"]["items"].update(type="integer"),
    "a removed format": lambda of: of.fields["created_time"].pop("format"),
    "a field that can be missing": lambda of: of.user["required"].remove("phone"),
    "a field that can be null": lambda of: of.fields["email"].update(nullable=True),
    "a removed value": lambda of: of.codes.remove("FORBIDDEN"),
    "a new value of a closed list": lambda of: of.schemas["UserEnvelope"]["properties"]["success"]["enum"].append(False),
    "a required header of the request": lambda of: of.get["parameters"].append(parameter("X-Account", "header", required=True)),
    "a required parameter of the path": lambda of: of.path["parameters"].append(parameter("version", "query", required=True)),
    "a required body": lambda of: of.get.update(requestBody={"required": True}),
    "a narrower pattern": lambda of: of.id["schema"].update(pattern="^user_[0-9]{1,64}$"),
    "a list of values that are accepted": lambda of: of.id["schema"].update(enum=["user_1"]),
    "a removed parameter": lambda of: of.get["parameters"].pop(),
    "a removed response": lambda of: of.responses.pop("404"),
    "a removed header": lambda of: of.ok["headers"].pop("ETag"),
    "a header that can be missing": lambda of: of.headers["ETag"].pop("required"),
    "another media type": lambda of: of.ok["content"].update({"application/xml": of.ok["content"].pop("application/json")}),
    "another path": lambda of: of.paths.update({"/v1/people/{id}": of.paths.pop("/v1/users/{id}")}),
    "a removed operation": lambda of: of.path.pop("head"),
    "another ID of an operation": lambda of: of.get.update(operationId="readUser"),
    "another authentication": lambda of: of.schemes.update(ApiKey={"type": "apiKey", "in": "header", "name": "X-Key"}),
    "the same authentication for all operations, but another one": lambda of: [
        of.get.pop("security"),
        of.contract.update(security=[{"Other": []}]),
        of.schemes.update(Other={"type": "http", "scheme": "basic"}),
    ],
    "another tag": lambda of: of.get.update(tags=["People"]),
    "another server": lambda of: of.contract["servers"][0].update(url="https://api.example.com"),
}
ADDITIONS = {
    "a field": lambda of: of.fields.update(nickname=STRING),
    "a field that is always present": lambda of: [of.fields.update(nickname=STRING), of.user["required"].append("nickname")],
    "an error code": lambda of: of.codes.append("GONE"),
    "a type of the other fields": lambda of: of.schemas["Metadata"].update(additionalProperties=STRING),
    "a status": lambda of: of.responses.update({"410": {"description": "Gone"}}),
    "a header": lambda of: of.ok["headers"].update(Age={"schema": {"type": "integer"}}),
    "an optional parameter": lambda of: of.get["parameters"].append(parameter("fields", "query")),
    "a path with required parameters": lambda of: of.paths.update({
        "/v1/accounts/{id}": {"parameters": [of.id], "get": {"operationId": "a", "responses": {}}},
    }),
}
NEITHER = {
    "a closed object": lambda of: of.user.update(additionalProperties=False),
    "nothing": lambda of: None,
    "a description": lambda of: of.fields["email"].update(description="Another"),
    "an example": lambda of: of.id.update(example="user_1"),
}


def problems(change, released="1.1.0", version="1.1.0"):
    old, new = copy.deepcopy(CONTRACT), copy.deepcopy(CONTRACT)
    change(parts(new))
    old["info"]["version"], new["info"]["version"] = released, version
    return compatibility.problems(old, new)


@pytest.mark.parametrize("name", BREAKING)
def test_this_needs_a_new_major_version(name):
    for version in ("1.1.0", "1.2.0"):
        first, *changes = problems(BREAKING[name], version=version)
        assert "new major version" in first and changes
    assert problems(BREAKING[name], version="2.0.0") == []


@pytest.mark.parametrize("name", ADDITIONS)
def test_this_needs_a_new_minor_version(name):
    for version in ("1.1.0", "1.1.1"):
        first, *changes = problems(ADDITIONS[name], version=version)
        assert "new minor version" in first and changes
    assert problems(ADDITIONS[name], version="1.2.0") == []


@pytest.mark.parametrize("name", NEITHER)
def test_this_needs_no_new_version(name):
    assert problems(NEITHER[name]) == []


def test_a_version_before_the_released_one_is_a_problem():
    assert problems(NEITHER["nothing"], version="1.0.9") == ["the version is before the released 1.1.0"]
    assert problems(NEITHER["nothing"], released="1.9.0", version="1.10.0") == []


def test_a_problem_says_what_has_changed():
    assert problems(BREAKING["a field that can be null"])[1:] == [
        "this is not true any more: GET /v1/users/{id} 200 application/json data.email is never null"
    ]
    assert problems(BREAKING["a required header of the request"])[1:] == [
        "GET /v1/users/{id} now needs header X-Account"
    ]
