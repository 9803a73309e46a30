"""A deployment makes a change live, publishes a version only if Lambda has something to publish, and keeps the data."""

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from conftest import ROOT
from translation import TEMPLATE, deployed, parsed

FUNCTIONS = ("GetUserFunction", "AuthorizerFunction")
# Of the function and not of a version: `VERSION_LOCKED` in aws-cdk-lib/aws-lambda/lib/function-hash.ts.
UNVERSIONED = {"CodeSigningConfigArn", "ReservedConcurrentExecutions", "Tags"}
KEPT = {"AWS::ApiGateway::RestApi", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup"}
# For each parameter a value other than its default, which occurs nowhere else.
OTHERS = {
    "Environment": "prod", "PageTopicArn": "arn:page", "TicketTopicArn": "arn:ticket", "LogRetentionDays": 731,
    "ExistingUsersTable": "other-users", "TableKeyArn": "arn:key", "ApiGatewayLogRole": "keep", "ThrottleRate": 7001,
    "ThrottleBurst": 7002, "DomainName": "api.example.com", "CertificateArn": "arn:certificate", "HostedZoneId": "Z0",
    "WebAclArn": "arn:acl", "Architecture": "x86_64", "MemorySize": 7003, "ReservedConcurrency": 7004,
    "ProvisionedConcurrency": 7005, "DeploymentType": "AllAtOnce",
}


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
        if resource["Type"] == kind and f"${{{original}}}" in resource["Properties"].values()
    ]


def new_versions(before: dict, after: dict) -> set[str]:
    """The functions that get a new version. Raises if a change would not be live, or would lose data."""
    assert copies(before, "AWS::ApiGateway::Deployment", "Api") != copies(after, "AWS::ApiGateway::Deployment", "Api")
    for name in before.keys() & after.keys():
        if before[name]["Type"] in KEPT:
            assert create_only(before[name]) == create_only(after[name]), f"{name} would be replaced"
    published = set()
    for name in FUNCTIONS:
        old, new = (copies(resources, "AWS::Lambda::Version", name) for resources in (before, after))
        own, other = (
            {key: value for key, value in resources[name]["Properties"].items() if key not in UNVERSIONED}
            for resources in (before, after)
        )
        # Lambda publishes nothing if the code and the settings are those of the version before.
        assert (old != new) == (own != other), name
        published |= {name} if old != new else set()
    return published


@pytest.mark.parametrize("name", TEMPLATE["Parameters"])
def test_a_new_value_of_a_parameter_is_live_after_a_deployment(name):
    others = {other: value for other, value in OTHERS.items() if other != name}
    for rest in ({}, others):
        new_versions(deployed(rest), deployed(rest | {name: OTHERS[name]}, seconds=2))
    # Without a second that passes, which alone makes a new deployment of the API.
    assert deployed(others) != deployed(OTHERS)
    # Conditions compare two of them.
    assert name in ("ApiGatewayLogRole", "Environment") or str(OTHERS[name]) in str(deployed(OTHERS))


@pytest.mark.parametrize(
    "before, after, functions",
    [
        ("provided.al2023", "provided.al2024", FUNCTIONS),
        ("&timeout 5", "&timeout 6", FUNCTIONS),
        ("&tracing Active", "&tracing PassThrough", FUNCTIONS),
        ("&log_level INFO", "&log_level WARN", FUNCTIONS),
        ("&system_log_level WARN", "&system_log_level INFO", FUNCTIONS),
        ("    CodeUri: .", "    CodeUri: another", FUNCTIONS),
        ("API_KEYS_TABLE: ", "ANOTHER: 1\n          API_KEYS_TABLE: ", FUNCTIONS[1:]),
        ("    CodeUri: .", "    Tags: { team: users }\n    CodeUri: .", ()),
    ],
)
def test_an_edit_publishes_a_version_if_lambda_has_something_to_publish(before, after, functions):
    text = (ROOT / "template.yaml").read_text()
    assert text.count(before) == 1
    edited = parsed(text.replace(before, after))
    assert new_versions(deployed(), deployed(template=edited, seconds=2)) == set(functions)
