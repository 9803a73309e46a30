"""References between the parts of the template, and to its parameters."""

import re

from checks.registry import notices
from conftest import ROOT
from deployment import REMOVED, Deployment

GROUPS = "Metadata > AWS::CloudFormation::Interface > ParameterGroups"


@notices(
    ("GetUserThrottlesAlarm > Dimensions > 0 > Value", {"Ref": "GetUsersFunction"}),
    ("Outputs > ApiLogs > Value", {"Ref": "ApiLog"}),
    ("Domain > Condition", "HasDomainName"),
    ("Parameters > Unused", {"Type": "String", "Default": ""}),
    ("Conditions > Unused", {"Fn::Equals": ["", ""]}),
    ("AuthorizerLogs > RetentionInDays", {"Ref": "RetentionDays"}),
)
def every_reference_has_a_target(deployment: Deployment) -> None:
    whole = deployment.whole
    names, conditions = set(), set()
    collect([whole["Resources"], whole["Outputs"], whole["Conditions"]], names, conditions)
    assert names <= set(whole["Resources"]) | set(whole["Parameters"])
    assert conditions == set(whole["Conditions"])
    # The translator replaces some parameters by their values, so look at the original template too.
    collect(deployment.template["Resources"], names, set())
    assert set(whole["Parameters"]) <= names, set(whole["Parameters"]) - names


@notices(
    (f"{GROUPS} > 0 > Parameters > 0", REMOVED),
    (f"{GROUPS} > 3 > Parameters > 0", "Arch"),
    ("Parameters > Undocumented", {"Type": "String", "Default": ""}),
    ("Parameters > Environment > Description", REMOVED),
    ("Parameters > Environment > Default", "prod"),
    ("Parameters > WebAclArn > Default", REMOVED),
)
def every_parameter_is_documented_and_has_a_default(deployment: Deployment) -> None:
    parameters = deployment.template["Parameters"]
    groups = deployment.template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(parameters)
    deploy = (ROOT / "docs/deploy.md").read_text()
    for name, parameter in parameters.items():
        assert re.search(rf"`{name}\b", deploy), name
        assert parameter["Description"], name
    # Nothing that exists in one account only: the defaults can be deployed everywhere.
    assert {name: p["Default"] for name, p in parameters.items() if p["Type"] == "String"} == {
        "Architecture": "arm64", "DeploymentType": "Canary10Percent5Minutes", "Environment": "dev",
        "ApiGatewayLogRole": "create",
    } | {name: "" for name in parameters if name.endswith(("Arn", "Id", "DomainName", "Table"))}


def collect(value, names: set, conditions: set) -> None:
    """Adds the logical IDs and the conditions that a part of a template refers to."""
    if isinstance(value, list):
        for entry in value:
            collect(entry, names, conditions)
    if not isinstance(value, dict):
        return
    for key, entry in value.items():
        if key == "Ref" and not entry.startswith("AWS::"):
            names.add(entry)
        elif key == "Fn::GetAtt":
            names.add(entry[0])
        elif key == "Fn::If":
            conditions.add(entry[0])
        elif key == "Condition" and isinstance(entry, str):
            conditions.add(entry)
        elif key == "Fn::Sub":
            text, own = (entry, {}) if isinstance(entry, str) else entry
            used = {name.split(".")[0] for name in re.findall(r"\$\{(\w[\w.]*)\}", text)}
            names |= used - set(own)
        collect(entry, names, conditions)
