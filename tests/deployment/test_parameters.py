"""A deployment with a new value of a parameter makes that value live."""

import re
import time

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from resolution import defaults, resolved
from translation import definition, template, translated

PARAMETERS = template()["Parameters"]
# Values for string parameters. Each parameter gets the first value that its pattern allows.
EXAMPLES = [
    "users",
    "api.example.com",
    "https://dynamodb.example.com",
    "Z0123456789ABCDEFGHIJ",
    "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d",
    "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d",
    "arn:aws:lambda:us-east-1:123456789012:function:authorizer",
    "arn:aws:sns:us-east-1:123456789012:topic",
    "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/name/0a1b2c3d",
]


def other_values(parameter: dict) -> list:
    """Values that the parameter allows, other than its default."""
    if allowed := parameter.get("AllowedValues"):
        return [value for value in allowed if value != parameter["Default"]]
    if parameter["Type"] == "Number":
        return [parameter["Default"] + 1]
    pattern = parameter.get("AllowedPattern", ".*")
    return [next(example for example in EXAMPLES if re.fullmatch(pattern, example))]


OTHERS = {name: other_values(parameter) for name, parameter in PARAMETERS.items()}


def others_of(name: str) -> dict:
    """Values other than the defaults, for all parameters except one."""
    return {other: values[0] for other, values in OTHERS.items() if other != name}


def deployed(monkeypatch, seconds: int, values: dict, template: dict = template()) -> dict:
    """The resources of a deployment at the given time. SAM can put the time into a logical ID."""
    values = defaults(template) | values
    monkeypatch.setattr(time, "time", lambda: seconds)
    whole = translated(template, definition(), {name: str(value) for name, value in values.items()})
    monkeypatch.undo()
    return resolved(whole, values)


def create_only(resource: dict) -> dict:
    """The properties whose change replaces the resource."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource["Type"]).schema
    names = {path.split("/")[2] for path in schema.get("createOnlyProperties", [])}
    return {name: value for name, value in resource["Properties"].items() if name in names}


def copies(resources: dict, kind: str, original: str) -> list:
    """The immutable copies of a resource: their logical IDs, and the properties that identify them."""
    return [
        (name, create_only(resource))
        for name, resource in resources.items()
        if resource["Type"] == kind and {"Ref": original} in resource["Properties"].values()
    ]


# A version makes a function live, and a deployment makes an API live.
COPIES = {
    "AWS::Lambda::Function": "AWS::Lambda::Version",
    "AWS::ApiGateway::RestApi": "AWS::ApiGateway::Deployment",
}
# Properties of the whole function, not of a version.
UNVERSIONED = {"ReservedConcurrentExecutions", "Tags"}
KEPT = {"AWS::DynamoDB::Table", "AWS::Logs::LogGroup", "AWS::ApiGateway::RestApi"}


def changes(before: dict, after: dict) -> set[str]:
    """The resources that differ. Raises if a change would not be live or would lose data."""
    differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    for name in before.keys() & after.keys():
        old, new = before[name], after[name]
        properties = {
            key
            for key in old["Properties"].keys() | new["Properties"].keys()
            if old["Properties"].get(key) != new["Properties"].get(key)
        } - UNVERSIONED
        if kind := COPIES.get(old["Type"]):
            renewed = copies(before, kind, name) != copies(after, kind, name)
            assert renewed or not properties, f"{name}: {properties} would not be live"
            # Lambda does not publish a version that equals the one before.
            assert properties or not renewed or kind != "AWS::Lambda::Version", f"{name} gets a new version without a change"
        if old["Type"] in KEPT:
            assert create_only(old) == create_only(new), f"{name} would be replaced"
    return differing


def settings():
    for name, values in OTHERS.items():
        for value in values:
            yield pytest.param(name, value, id=f"{name}={value}")


@pytest.mark.parametrize("name, value", list(settings()))
def test_a_new_value_is_live_after_a_deployment(name, value, monkeypatch):
    for rest in ({}, others_of(name)):
        before = deployed(monkeypatch, 1, rest)
        changes(before, deployed(monkeypatch, 2, rest | {name: value}))


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_parameter_changes_something(name, monkeypatch):
    rest = others_of(name)
    before = deployed(monkeypatch, 1, rest)
    # At the same time, because the API's deployment always differs at another time.
    assert any(before != deployed(monkeypatch, 1, rest | {name: value}) for value in OTHERS[name])


@pytest.mark.parametrize(
    "setting, value", [("Timeout", 6), ("Tracing", "PassThrough"), ("Description", "another")]
)
def test_an_edit_of_a_function_is_live_after_a_deployment(setting, value, monkeypatch):
    edited = template()
    for function in ("GetUserFunction", "AuthorizerFunction"):
        edited["Resources"][function]["Properties"][setting] = value
    before, after = deployed(monkeypatch, 1, {}), deployed(monkeypatch, 2, {}, edited)
    assert {"GetUserFunction", "AuthorizerFunction"} <= changes(before, after)


def test_an_edit_of_the_definition_is_live_after_a_deployment(monkeypatch):
    edited = template()
    edited["Resources"]["Api"]["Properties"]["MinimumCompressionSize"] = 100
    before, after = deployed(monkeypatch, 1, {}), deployed(monkeypatch, 2, {}, edited)
    assert "Api" in changes(before, after)


def test_there_is_one_stage(monkeypatch):
    resources = deployed(monkeypatch, 1, {}).values()
    stages = [resource for resource in resources if resource["Type"] == "AWS::ApiGateway::Stage"]
    assert len(stages) == 1
    deployments = [resource for resource in resources if resource["Type"] == "AWS::ApiGateway::Deployment"]
    assert len(deployments) == 1
    # A deployment that names a stage creates another stage.
    assert "StageName" not in deployments[0]["Properties"]


def test_the_alias_and_the_stage_use_the_newest_copies(monkeypatch):
    resources = deployed(monkeypatch, 1, {})
    for function in ("GetUserFunction", "AuthorizerFunction"):
        [(version, _)] = copies(resources, "AWS::Lambda::Version", function)
        alias = resources[f"{function}Aliaslive"]["Properties"]
        assert alias["FunctionVersion"] == {"Fn::GetAtt": [version, "Version"]}
        # Old versions are kept, so that the alias can go back to them.
        assert resources[version]["DeletionPolicy"] == resources[version]["UpdateReplacePolicy"] == "Retain"
    [(deployment, _)] = copies(resources, "AWS::ApiGateway::Deployment", "Api")
    [stage] = [resource for resource in resources.values() if resource["Type"] == "AWS::ApiGateway::Stage"]
    assert stage["Properties"]["DeploymentId"] == {"Ref": deployment}
