"""A change that breaks clients needs a new major version, and an addition a new minor version."""

import copy
from pathlib import Path

import pytest
import yaml

from contract import compatibility

CONTRACT = yaml.safe_load((Path(__file__).parent.parent.parent / "contract/credira-users.openapi.yaml").read_text())
USER = ("components", "schemas", "User")
PATH = ("paths", "/v1/users/{id}")
GET = (*PATH, "get")
OK = (*GET, "responses", "200")
CODES = ("components", "schemas", "ErrorDetail", "properties", "code", "x-extensible-enum")
ID = ("components", "parameters", "id", "schema")
NEW_STRING = {"type": "string"}


def at(contract, *names):
    for name in names:
        contract = contract[name]
    return contract


def add(*names, value):
    return lambda contract: at(contract, *names[:-1]).__setitem__(names[-1], value)


def remove(*names):
    return lambda contract: at(contract, *names[:-1]).__delitem__(names[-1])


def append(*names, value):
    return lambda contract: at(contract, *names).append(value)


def discard(*names, value):
    return lambda contract: at(contract, *names).remove(value)


def rename(*names, to):
    def change(contract):
        parent = at(contract, *names[:-1])
        parent[to] = parent.pop(names[-1])

    return change


BREAKING = {
    "a removed field": remove(*USER, "properties", "phone"),
    "another type": add(*USER, "properties", "status", "type", value="integer"),
    "another type of items": add(*USER, "properties", "permissions", "items", "type", value="integer"),
    "a removed format": remove(*USER, "properties", "created_time", "format"),
    "a field that can be missing": discard(*USER, "required", value="phone"),
    "a field that can be null": add(*USER, "properties", "email", "nullable", value=True),
    "a removed value": discard(*CODES, value="FORBIDDEN"),
    "a new value of a closed list": append(
        "components", "schemas", "UserEnvelope", "properties", "success", "enum", value=False
    ),
    "a required header of the request": append(
        *GET, "parameters", value={"name": "X-Account", "in": "header", "required": True, "schema": NEW_STRING}
    ),
    "a required parameter of the path": append(
        *PATH, "parameters", value={"name": "version", "in": "query", "required": True, "schema": NEW_STRING}
    ),
    "a required body": add(*GET, "requestBody", value={"required": True}),
    "a narrower pattern": add(*ID, "pattern", value="^user_[0-9]{1,64}$"),
    "a list of values that are accepted": add(*ID, "enum", value=["user_1"]),
    "a removed parameter": remove(*GET, "parameters", 0),
    "a removed response": remove(*GET, "responses", "404"),
    "a removed header": remove(*OK, "headers", "ETag"),
    "a header that can be missing": remove("components", "headers", "ETag", "required"),
    "another media type": rename(*OK, "content", "application/json", to="application/xml"),
    "another path": rename(*PATH, to="/v1/people/{id}"),
    "a removed operation": remove(*PATH, "head"),
    "another ID of an operation": add(*GET, "operationId", value="readUser"),
    "another authentication": add(
        "components", "securitySchemes", "ApiKey", value={"type": "apiKey", "in": "header", "name": "X-Key"}
    ),
    "the same authentication for all operations, but another one": lambda contract: [
        remove(*GET, "security")(contract),
        add("security", value=[{"Other": []}])(contract),
        add("components", "securitySchemes", "Other", value={"type": "http", "scheme": "basic"})(contract),
    ],
    "another tag": add(*GET, "tags", value=["People"]),
    "another server": add("servers", 0, "url", value="https://api.example.com"),
}
ADDITIONS = {
    "a field": add(*USER, "properties", "nickname", value=NEW_STRING),
    "an error code": append(*CODES, value="GONE"),
    "a type of the other fields": add(
        "components", "schemas", "Metadata", "additionalProperties", value=NEW_STRING
    ),
    "a status": add(*GET, "responses", "410", value={"description": "Gone"}),
    "a header": add(*OK, "headers", "Age", value={"schema": {"type": "integer"}}),
    "an optional parameter": append(
        *GET, "parameters", value={"name": "fields", "in": "query", "schema": NEW_STRING}
    ),
    "a path with required parameters": add(
        "paths",
        "/v1/accounts/{id}",
        value={"parameters": [{"$ref": "#/components/parameters/id"}], "get": {"operationId": "a", "responses": {}}},
    ),
}
ADDITIONS["a field that is always present"] = lambda contract: [
    change(contract)
    for change in (ADDITIONS["a field"], append(*USER, "required", value="nickname"))
]
NEITHER = {
    "a closed object": add(*USER, "additionalProperties", value=False),
    "nothing": lambda contract: None,
    "a description": add(*USER, "properties", "email", "description", value="Another"),
    "an example": add("components", "parameters", "id", "example", value="user_1"),
}


def problems(change, released="1.1.0", version="1.1.0"):
    old, new = copy.deepcopy(CONTRACT), copy.deepcopy(CONTRACT)
    change(new)
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
