"""What must hold in the template, and what no tool checks. The tests read its translation, for production."""

import json
import re
import tomllib

import pytest

from conftest import ROOT
from translation import TEMPLATE, deployed

RESOURCES = deployed({"Environment": "prod", "PageTopicArn": "page", "TicketTopicArn": "ticket", "TableKeyArn": "key"})
# The namespace of the metrics that filters count in the logs.
OWN = "Credira/credira-users-dev"


def of(kind: str) -> dict:
    """The properties of all resources of a type, such as `Logs::LogGroup`."""
    return {name: r["Properties"] for name, r in RESOURCES.items() if r["Type"] == f"AWS::{kind}"}


BODY = of("ApiGateway::RestApi")["Api"]["Body"]
[STAGE] = of("ApiGateway::Stage").values()
[DEPLOYMENT] = of("ApiGateway::Deployment").values()


def test_the_routes_are_those_of_the_definition_and_each_is_public_or_has_a_key_and_a_limit():
    routes = TEMPLATE["Resources"]["Api"]["Properties"]["DefinitionBody"]["paths"]
    assert {path: item.keys() for path, item in BODY["paths"].items()} == {path: item.keys() for path, item in routes.items()}
    # A new route needs a decision here: whether it has a key, and its limit.
    assert BODY["paths"].keys() == {"/v1/users/{id}", "/", "/{proxy+}"}
    with_key = set()
    for path, item in BODY["paths"].items():
        for method in item.keys() - {"parameters"}:
            assert "GetUserFunctionAliaslive" in str(item[method]["x-amazon-apigateway-integration"]["uri"]), path
            assert item[method]["security"] in ([{"ApiKey": []}], []), (path, method)
            with_key |= {("/" + path.replace("/", "~1"), method.upper())} if item[method]["security"] else set()
    assert with_key == {("/~1v1~1users~1{id}", "GET"), ("/~1v1~1users~1{id}", "HEAD")}
    limited = {(setting["ResourcePath"], setting["HttpMethod"]) for setting in STAGE["MethodSettings"]}
    assert limited == with_key | {("/*", "*")}
    # A deployment that names a stage creates another one, without limits and logs.
    assert STAGE["StageName"] == "live" and "StageName" not in DEPLOYMENT
    # With a cache, API Gateway would refuse a request without a key by itself, and a revoked key would live on.
    authorizer = BODY["components"]["securitySchemes"]["ApiKey"]["x-amazon-apigateway-authorizer"]
    assert authorizer["authorizerResultTtlInSeconds"] == 0 and "identitySource" not in authorizer


def test_tables_and_the_log_with_personal_data_are_protected_from_deletion():
    protected = {name for name, r in RESOURCES.items() if r["Properties"].get("DeletionProtectionEnabled")}
    assert protected == {*of("DynamoDB::Table"), "GetUserLogs"}


def test_every_gateway_response_has_the_envelope():
    for name, response in BODY["x-amazon-apigateway-gateway-responses"].items():
        [(kind, text)] = response["responseTemplates"].items()
        body = json.loads(text)
        assert kind == "application/json" and list(body) == ["success", "error", "meta"], name
        assert body["success"] is False and list(body["error"]) == ["code", "message"], name
        assert "$" not in str(body["error"]) and "request_id" in body["meta"], name
        # Nothing of these is the client's: a template cannot escape a value.
        values = {value for value in response["responseParameters"].values() if not re.fullmatch("'[^']*'", value)}
        values |= {variable.lstrip("$") for variable in re.findall(r"\$[\w.]+", text)}
        ours = {"context.extendedRequestId", "context.authorizer.request_id", "context.authorizer.timestamp"}
        assert values <= ours, name


@pytest.mark.parametrize("function, binary", [("GetUserFunction", "get-user"), ("AuthorizerFunction", "authorizer")])
def test_exactly_the_variables_that_a_function_reads_are_set(function, binary):
    sources = [path for path in (ROOT / "src").rglob("*.rs") if path.parent.name != "bin"]
    text = "".join(path.read_text() for path in [*sources, ROOT / "src/bin" / f"{binary}.rs"])
    read = set(re.findall(r'(?:\w\(|variable in \[)"([A-Z]+(?:_[A-Z]+)+)"[,)]', text))
    # Lambda sets these. The others are for emulators, which set them themselves.
    others = {name for name in read if re.match("AWS_(ACCESS|LAMBDA|REGION|SECRET|SESSION|ENDPOINT_URL$|IGNORE)", name)}
    assert RESOURCES[function]["Properties"]["Environment"]["Variables"].keys() == read - others


def test_only_this_api_may_invoke_a_function_which_may_only_read_its_table_and_write_its_log_and_traces():
    for permission in of("Lambda::Permission").values():
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert permission["SourceArn"].startswith("arn:aws:execute-api:us-east-1:123456789012:${Api}/")
    tables = {
        "GetUser": "arn:aws:dynamodb:us-east-1:123456789012:table/${UsersTable}",
        "Authorizer": {"Fn::GetAtt": ["ApiKeysTable", "Arn"]},
    }
    for name, table in tables.items():
        assert RESOURCES[f"{name}Function"]["Properties"]["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
        role = RESOURCES[f"{name}Role"]["Properties"]
        assert role.keys() - {"Path"} == {"AssumeRolePolicyDocument", "Policies"}
        [policy] = role["Policies"]
        assert [(s["Effect"], s["Action"], s["Resource"]) for s in policy["PolicyDocument"]["Statement"]] == [
            ("Allow", "dynamodb:GetItem", table),
            ("Allow", "kms:Decrypt", "key"),
            ("Allow", ["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": [f"{name}Logs", "Arn"]}),
            ("Allow", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
        ]


def test_each_alarm_names_its_section_of_the_runbook_and_tells_somebody():
    alarms = of("CloudWatch::Alarm") | of("CloudWatch::CompositeAlarm")
    sections = re.findall(r"^### (\w+Alarm)$", (ROOT / "docs/runbook.md").read_text(), re.MULTILINE)
    assert sorted(sections) == sorted(alarms)
    # One alarm pages: it combines two that customers notice.
    topics = {"PageAlarm": ["page"], "ApiFailingAlarm": None, "ApiSlowAlarm": None}
    for name, alarm in alarms.items():
        assert alarm["AlarmDescription"].endswith(f". docs/runbook.md#{name.lower()}"), name
        assert alarm.get("AlarmActions") == alarm.get("OKActions") == topics.get(name, ["ticket"]), name


def test_the_alarms_and_the_dashboard_use_the_metrics_that_the_filters_count():
    counted = set()
    for properties in of("Logs::MetricFilter").values():
        [metric] = properties["MetricTransformations"]
        assert metric["MetricNamespace"] == OWN
        counted.add((metric["MetricName"], *(dimension["Key"] for dimension in metric.get("Dimensions", []))))
    alarms = [entry for alarm in of("CloudWatch::Alarm").values() for entry in alarm.get("Metrics", [])]
    metrics = [entry["MetricStat"]["Metric"] for entry in alarms if "MetricStat" in entry]
    used = {
        (metric["MetricName"], *(dimension["Name"] for dimension in metric.get("Dimensions", [])))
        for metric in metrics if metric["Namespace"] == OWN
    }
    dashboard = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]
    assert json.loads(dashboard)
    used |= {(name,) for name in re.findall(rf'"{OWN}", "(\w+)"', dashboard)}
    # A search needs quotes around a namespace with a hyphen.
    used |= {(name, key) for key, name in re.findall(rf'SEARCH\(\'{{\\"{OWN}\\",(\w+)}} MetricName=\\"(\w+)\\"', dashboard)}
    assert used == counted


def fields(group: str) -> set[str]:
    """The fields of a log, from the format of the access log or the tables of docs/logging.md."""
    if group == "${ApiLogs}":
        return set(json.loads(STAGE["AccessLogSetting"]["Format"].replace("$context.status", "200")))
    function = {"${GetUserLogs}": "get-user", "${AuthorizerLogs}": "authorizer"}[group]
    logging = (ROOT / "docs/logging.md").read_text()
    return set(re.findall(rf"^\| `(\w+)` \| (?:both|{function}) \|", logging, re.MULTILINE))


def test_the_filters_and_the_saved_queries_use_fields_that_are_logged():
    for name, properties in of("Logs::MetricFilter").items():
        used = set(re.findall(r"\$\.(\w+)", str(properties)))
        assert used and used <= fields(properties["LogGroupName"]), name
    syntax = "and as avg bin by count desc fields filter first in ispresent last limit max min pct reads requests sort starts stats"
    for name, properties in of("Logs::QueryDefinition").items():
        used = set(re.findall(r"(?<![@'\w])[a-z]\w+", re.sub(r"'[^']*'|@\w+", "", properties["QueryString"])))
        assert used - set(syntax.split()) <= set.union(*map(fields, properties["LogGroupNames"])), name
        parameters = re.findall(r"'\{\{(\w+)\}\}'", properties["QueryString"])
        assert parameters == [parameter["Name"] for parameter in properties.get("Parameters", [])], name


def test_the_access_log_has_nothing_that_could_be_personal_or_a_key():
    names = re.findall(r"\$(?:context\.)?([^\"},]+)", STAGE["AccessLogSetting"]["Format"])
    forbidden = r"requestId|input|identity|path|domain|error\.(message|validation)|(authorizer|authenticate)\.(claims|principal|user)"
    assert [name for name in names if re.match(forbidden, name)] == []
    assert "DataTraceEnabled" not in str(STAGE) and "LoggingLevel" not in str(STAGE)


def test_each_environment_has_allowed_values_and_names_what_must_agree_with_the_build():
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())
    for environment in settings.keys() - {"version"}:
        overrides = settings[environment]["global"]["parameters"]["parameter_overrides"]
        values = dict(pair.split("=", 1) for pair in overrides)
        # `sam deploy` leaves a parameter without a value at that of the stack.
        assert {"Environment", "Architecture"} <= values.keys() <= TEMPLATE["Parameters"].keys(), environment
        for name, value in values.items():
            assert value in map(str, TEMPLATE["Parameters"][name].get("AllowedValues", [value])), (environment, name)
