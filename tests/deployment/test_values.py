"""The template refuses wrong values of its parameters before CloudFormation creates anything."""

import re
import tomllib

import pytest

from conftest import ROOT, environments
from resolution import broken_rules
from translation import template

TEMPLATE = template()
PARAMETERS = TEMPLATE["Parameters"]
TOPIC = "arn:aws:sns:eu-west-1:123456789012:page"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
ENVIRONMENTS = tomllib.loads((ROOT / "samconfig.toml").read_text())
del ENVIRONMENTS["version"]


def allowed(name: str, value: str) -> bool:
    parameter = PARAMETERS[name]
    if values := parameter.get("AllowedValues"):
        return value in map(str, values)
    if parameter["Type"] == "Number":
        return int(value) in range(parameter["MinValue"], parameter.get("MaxValue", 10**9) + 1)
    return re.fullmatch(parameter.get("AllowedPattern", ".*"), value) is not None


@pytest.mark.parametrize(
    "name, value",
    [
        ("ExistingUsersTable", "arn:aws:dynamodb:eu-west-1:123456789012:table/users"),
        ("ExistingUsersTable", "us"),
        ("TableKeyArn", "alias/users"),
        ("TableKeyArn", "arn:aws:kms:eu-west-1:123456789012:alias/users"),
        ("DomainName", "https://api.example.com"),
        ("DomainName", "api.example.com/v1"),
        ("DomainName", "localhost"),
        ("CertificateArn", "arn:aws:iam::123456789012:server-certificate/api"),
        ("HostedZoneId", "example.com"),
        ("WebAclArn", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/users/0a1b"),
        ("PageTopicArn", "arn:aws:sqs:eu-west-1:123456789012:page"),
        ("TicketTopicArn", "someone@example.com"),
        ("Environment", "production"),
        ("Architecture", "amd64"),
        ("MemorySize", "64"),
        ("ReservedConcurrency", "-1"),
        ("ThrottleRate", "0"),
        ("LogRetentionDays", "31"),
    ],
)
def test_a_wrong_value_is_refused(name, value):
    assert not allowed(name, value)


def test_every_default_is_allowed():
    for name, parameter in PARAMETERS.items():
        assert allowed(name, str(parameter["Default"])), name


def test_every_string_parameter_has_a_pattern():
    for name, parameter in PARAMETERS.items():
        assert parameter["Type"] == "Number" or {"AllowedPattern", "AllowedValues"} & set(parameter), name


@pytest.mark.parametrize(
    "values, broken",
    [
        ({}, []),
        ({"Environment": "prod"}, ["prod needs PageTopicArn", "prod needs TicketTopicArn"]),
        ({"Environment": "prod", "PageTopicArn": TOPIC}, ["prod needs TicketTopicArn"]),
        ({"Environment": "prod", "PageTopicArn": TOPIC, "TicketTopicArn": TOPIC}, []),
        ({"DomainName": "api.example.com"}, ["DomainName needs CertificateArn"]),
        ({"CertificateArn": CERTIFICATE}, ["CertificateArn needs DomainName"]),
        ({"HostedZoneId": "Z0123"}, ["HostedZoneId needs DomainName"]),
        ({"DomainName": "api.example.com", "CertificateArn": CERTIFICATE, "HostedZoneId": "Z0123"}, []),
    ],
)
def test_values_that_do_not_fit_together_are_refused(values, broken):
    assert broken_rules(TEMPLATE, values) == broken


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_environments_of_samconfig_have_valid_values(environment):
    settings = ENVIRONMENTS[environment]
    # If they were under `deploy`, `sam build` would not see them, and could build for another architecture.
    assert all("parameter_overrides" not in settings.get(command, {}).get("parameters", {}) for command in settings if command != "global")
    values = environments()[environment]
    for name, value in values.items():
        assert allowed(name, value), name
    missing = ["prod needs PageTopicArn", "prod needs TicketTopicArn"] if environment == "prod" else []
    assert broken_rules(TEMPLATE, values) == missing
