"""The functions, their versions, and how a new version gets traffic."""

import re

from checks.registry import notices
from conftest import ROOT, prose
from deployment import REMOVED, Deployment
from translation import variables_read

FUNCTIONS = {"GetUserFunction": "get-user", "AuthorizerFunction": "authorizer"}
VARIABLES = {
    "GetUserFunction": {
        "USERS_TABLE": {"Fn::If": ["CreatesUsersTable", {"Ref": "UsersTable"}, {"Ref": "ExistingUsersTable"}]}
    },
    "AuthorizerFunction": {"API_KEYS_TABLE": {"Ref": "ApiKeysTable"}},
}
GET_USER_VARIABLES = "GetUserFunction > Environment > Variables"
AUTHORIZER_VARIABLES = "AuthorizerFunction > Environment > Variables"


def functions(deployment: Deployment, **values) -> dict:
    resources = deployment.with_values(**values)
    return {name: resources[name]["Properties"] for name in FUNCTIONS}


@notices(
    (f"{GET_USER_VARIABLES} > USERS_TABLE", {"Ref": "ApiKeysTable"}),
    (f"{GET_USER_VARIABLES} > USERS_TABLE > Fn::If > 1", {"Ref": "ApiKeysTable"}),
    (f"{GET_USER_VARIABLES} > USERS_TABLE > Fn::If > 0", "HasTableKey"),
    (f"{AUTHORIZER_VARIABLES} > API_KEYS_TABLE", {"Ref": "UsersTable"}),
    (f"{AUTHORIZER_VARIABLES} > API_KEYS_TABLE", "api-keys"),
    (f"{AUTHORIZER_VARIABLES} > AWS_ENDPOINT_URL_DYNAMODB", "http://dynamodb.us-east-1.amazonaws.com"),
    (f"{GET_USER_VARIABLES} > AWS_CA_BUNDLE", "/var/task/roots.pem"),
    (f"{GET_USER_VARIABLES} > AWS_CA_BUNDLE", REMOVED),
    (f"{GET_USER_VARIABLES} > USER_TABLE", {"Ref": "UsersTable"}),
)
def exactly_the_variables_that_are_read_are_set(deployment: Deployment) -> None:
    # Empty values: the region's endpoint, and Amazon's root certificates.
    common = {"AWS_ENDPOINT_URL_DYNAMODB": "", "AWS_CA_BUNDLE": ""}
    for function, binary in FUNCTIONS.items():
        variables = deployment.resources[function]["Properties"]["Environment"]["Variables"]
        assert variables == VARIABLES[function] | common, function
        assert set(variables) == variables_read(binary), function


@notices(
    ("GetUserFunction > Metadata > BuildProperties > Binary", "authorizer"),
    ("AuthorizerFunction > Metadata > BuildMethod", REMOVED),
    ("Globals > Function > Runtime", "provided.al2"),
    ("Globals > Function > Handler", "main"),
    ("GetUserFunction > Handler", "authorizer"),
    ("Globals > Function > Architectures > 0", "x86_64"),
    ("AuthorizerFunction > Architectures", ["x86_64"]),
    ("GetUserFunction > MemorySize", 128),
    ("Parameters > MemorySize > Default", 128),
    ("Parameters > Architecture > Default", "x86_64"),
    ("GetUserFunction > VpcConfig", {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}),
    ("AuthorizerFunction > Layers", ["arn:aws:lambda:us-east-1:123456789012:layer:agent:1"]),
)
def each_function_runs_its_own_binary(deployment: Deployment) -> None:
    assert set(FUNCTIONS.values()) == {path.stem for path in (ROOT / "src/bin").glob("*.rs")}
    [memory] = re.findall(r"### (\d+) MB of memory ", prose("docs/decisions.md"))
    for name, properties in functions(deployment).items():
        metadata = deployment.resources[name]["Metadata"]
        assert metadata["BuildMethod"] == "rust-cargolambda", name
        assert metadata["BuildProperties"] == {"Binary": FUNCTIONS[name]}
        assert (properties["Runtime"], properties["Handler"]) == ("provided.al2023", "bootstrap")
        assert properties["MemorySize"] == memory, name
        assert properties["Architectures"] == ["arm64"], name
        assert set(properties) == {
            "Architectures", "Code", "Description", "Environment", "Handler", "LoggingConfig",
            "MemorySize", "Role", "Runtime", "Tags", "Timeout", "TracingConfig",
        }, name
    for properties in functions(deployment, MemorySize=512, Architecture="x86_64").values():
        assert (properties["MemorySize"], properties["Architectures"]) == ("512", ["x86_64"])


@notices(
    ("Globals > Function > Timeout", 1),
    ("Globals > Function > Timeout", REMOVED),
    ("AuthorizerFunction > Timeout", 2),
    ("GetUserFunction > Timeout", 60),
)
def a_table_that_hangs_times_out_before_the_function(deployment: Deployment) -> None:
    source = (ROOT / "src/dynamodb/client.rs").read_text()
    [table] = re.findall(r"OPERATION_TIMEOUT: Duration = Duration::from_millis\(([\d_]+)\)", source)
    [(own, gateway)] = re.findall(r"Lambda's timeout of (\d+) s and API Gateway's of (\d+) s", prose("docs/decisions.md"))
    for name, properties in functions(deployment).items():
        assert 2 * int(table) / 1000 < properties["Timeout"] < int(gateway), name
        assert properties["Timeout"] == int(own), name


@notices(
    ("GetUserFunction > LoggingConfig > ApplicationLogLevel", "ERROR"),
    ("AuthorizerFunction > LoggingConfig > ApplicationLogLevel", "WARN"),
    ("AuthorizerFunction > LoggingConfig > ApplicationLogLevel", REMOVED),
    ("GetUserFunction > LoggingConfig > SystemLogLevel", "INFO"),
    ("GetUserFunction > LoggingConfig > LogFormat", "Text"),
    ("GetUserFunction > LoggingConfig > LogGroup > Ref", "AuthorizerLogs"),
    ("AuthorizerFunction > LoggingConfig", REMOVED),
    ("Globals > Function > Tracing", "PassThrough"),
    ("AuthorizerFunction > Tracing", "PassThrough"),
)
def the_functions_log_what_the_metrics_need(deployment: Deployment) -> None:
    text = prose("docs/logging.md")
    [application] = re.findall(r"The template sets `(\w+)`: the metrics, alarms and saved queries need", text)
    [system] = re.findall(r"The template asks for those of level `(\w+)` only", text)
    for name, properties in functions(deployment).items():
        assert properties["LoggingConfig"] == {
            "LogFormat": "JSON",
            "ApplicationLogLevel": application,
            "SystemLogLevel": system,
            "LogGroup": {"Ref": name.replace("Function", "Logs")},
        }
        assert properties["TracingConfig"] == {"Mode": "Active"}, name


@notices(
    ("GetUserFunction > ReservedConcurrentExecutions", 10),
    ("Parameters > ReservedConcurrency > Default", 100),
    ("Conditions > ReservesConcurrency", {"Fn::Equals": ["", ""]}),
    ("AuthorizerFunction > ReservedConcurrentExecutions", REMOVED),
    ("GetUserFunction > ReservedConcurrentExecutions > Fn::If > 1", {"Ref": "ProvisionedConcurrency"}),
    ("Parameters > ProvisionedConcurrency > Default", 1),
    ("AuthorizerFunction > ProvisionedConcurrencyConfig", REMOVED),
    ("GetUserFunction > ProvisionedConcurrencyConfig > Fn::If > 1 > ProvisionedConcurrentExecutions", 1),
)
def concurrency_is_reserved_only_on_request(deployment: Deployment) -> None:
    # A new account refuses every reservation, so the defaults have none.
    plain = deployment.with_values()
    busy = deployment.with_values(ReservedConcurrency=50, ProvisionedConcurrency=5)
    for name in FUNCTIONS:
        assert "ReservedConcurrentExecutions" not in plain[name]["Properties"]
        assert "ProvisionedConcurrencyConfig" not in plain[f"{name}Aliaslive"]["Properties"]
        assert busy[name]["Properties"]["ReservedConcurrentExecutions"] == "50"
        provisioned = busy[f"{name}Aliaslive"]["Properties"]["ProvisionedConcurrencyConfig"]
        assert provisioned == {"ProvisionedConcurrentExecutions": "5"}


@notices(
    ("GetUserFunction > DeploymentPreference > Alarms", REMOVED),
    ("AuthorizerFunction > DeploymentPreference > Alarms > 0 > Ref", "GetUserVersionAlarm"),
    ("AuthorizerFunction > DeploymentPreference", REMOVED),
    ("GetUserFunction > DeploymentPreference > Type", "AllAtOnce"),
    ("GetUserFunction > DeploymentPreference > Enabled", False),
    ("Parameters > DeploymentType > Default", "AllAtOnce"),
    ("Globals > Function > AutoPublishAlias", "prod"),
    ("GetUserVersionAlarm > Metrics > 2 > MetricStat > Metric > Dimensions", [
        {"Name": "FunctionName", "Value": {"Ref": "GetUserFunction"}}
    ]),
    ("GetUserVersionAlarm > Metrics > 1 > MetricStat > Metric > Dimensions > 0 > Value > Fn::GetAtt", [
        "AuthorizerFunction", "Version.Version"
    ]),
    ("AuthorizerVersionAlarm > Metrics > 1", REMOVED),
    ("GetUserVersionAlarm > EvaluationPeriods", 5),
    ("GetUserFailures > MetricTransformations > 0 > Dimensions > 0 > Value", "$.status"),
)
def a_new_version_gets_traffic_slowly_and_is_rolled_back_if_it_fails(deployment: Deployment) -> None:
    resources = deployment.resources
    slow = deployment.with_values()
    for function in FUNCTIONS:
        group = resources[f"{function}DeploymentGroup"]["Properties"]
        assert slow[f"{function}DeploymentGroup"]["Properties"]["DeploymentConfigName"] == (
            "CodeDeployDefault.LambdaCanary10Percent5Minutes"
        )
        assert group["AutoRollbackConfiguration"]["Enabled"] is group["AlarmConfiguration"]["Enabled"] is True
        [watched] = [alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]]
        assert watched == function.replace("Function", "VersionAlarm")
        alarm = resources[watched]["Properties"]
        # At most two minutes, because the shortest canary takes five.
        assert alarm["EvaluationPeriods"] <= 2
        version = resources[f"{function}Aliaslive"]["Properties"]["FunctionVersion"]
        metrics = [entry["MetricStat"] for entry in alarm["Metrics"] if "MetricStat" in entry]
        for metric in metrics:
            assert metric["Period"] == 60
            dimensions = {entry["Name"]: entry["Value"] for entry in metric["Metric"]["Dimensions"]}
            # Only this version: its failures would be too few among all of the traffic.
            assert version in dimensions.values(), dimensions
        # Lambda does not count a 5xx response as an error. A metric filter counts it in the log.
        names = {metric["Metric"]["MetricName"] for metric in metrics}
        failures = function.replace("Function", "Failures")
        assert names == {failures, "Errors"}
        [transformation] = resources[failures]["Properties"]["MetricTransformations"]
        assert transformation["MetricName"] == failures
        assert transformation["Dimensions"] == [{"Key": "Version", "Value": "$.version"}]
