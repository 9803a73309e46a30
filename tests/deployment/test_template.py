"""What must hold in the template, and what no tool checks. The tests read its translation, for production."""

import json
import re
import tomllib

import pytest
from cfnlint.api import lint

from conftest import ROOT
from translation import TEMPLATE, deployed, translated

RESOURCES = deployed({"Environment": "prod", "PageTopicArn": "page", "TicketTopicArn": "ticket", "TableKeyArn": "key"})
# The namespace of the metrics that filters count in the logs.
OWN = "Credira/credira-users-dev"
RUNBOOK, LOGGING = ((ROOT / "docs" / name).read_text() for name in ("runbook.md", "logging.md"))


def of(kind: str) -> dict:
    """The properties of all resources of a type, such as `Logs::LogGroup`."""
    return {name: r["Properties"] for name, r in RESOURCES.items() if r["Type"] == f"AWS::{kind}"}


BODY = of("ApiGateway::RestApi")["Api"]["Body"]
[STAGE] = of("ApiGateway::Stage").values()
ALARMS = of("CloudWatch::Alarm")


def test_cfn_lint_finds_no_error_in_the_translation():
    found = lint(json.dumps(translated({})), regions=["eu-west-1"])
    assert [match for match in found if match.rule.id.startswith("E")] == []


def test_only_the_routes_of_the_definition_exist_and_each_is_public_or_needs_a_key():
    routes = TEMPLATE["Resources"]["Api"]["Properties"]["DefinitionBody"]["paths"]
    assert {path: set(item) for path, item in BODY["paths"].items()} == {path: set(item) for path, item in routes.items()}
    secured = set()
    for path, item in BODY["paths"].items():
        for method in item.keys() - {"parameters"}:
            assert "GetUserFunctionAliaslive" in str(item[method]["x-amazon-apigateway-integration"]["uri"]), path
            if item[method]["security"]:
                assert item[method]["security"] == [{"ApiKey": []}], (path, method)
                secured.add((path, method))
    assert secured == {("/v1/users/{id}", "get"), ("/v1/users/{id}", "head")}
    authorizer = BODY["components"]["securitySchemes"]["ApiKey"]["x-amazon-apigateway-authorizer"]
    assert "AuthorizerFunctionAliaslive" in str(authorizer["authorizerUri"])
    # With a cache, API Gateway would refuse a request without a key by itself, and a revoked key would live on.
    assert authorizer["authorizerResultTtlInSeconds"] == 0 and "identitySource" not in authorizer


def test_only_this_api_may_invoke_the_functions():
    permissions = of("Lambda::Permission").values()
    assert sorted(permission["FunctionName"] for permission in permissions) == [
        "${AuthorizerFunctionAliaslive}", "${GetUserFunctionAliaslive}"
    ]
    for permission in permissions:
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert permission["SourceArn"].startswith("arn:aws:execute-api:us-east-1:123456789012:${Api}/")
    assert not of("Lambda::Url")


def test_each_method_has_a_limit():
    limits = {(s["ResourcePath"], s["HttpMethod"]): str(s["ThrottlingRateLimit"]) for s in STAGE["MethodSettings"]}
    user = "/~1v1~1users~1{id}"
    assert limits == {("/*", "*"): "10", (user, "GET"): "100", (user, "HEAD"): "100"}


def test_every_gateway_response_has_the_envelope():
    for name, response in BODY["x-amazon-apigateway-gateway-responses"].items():
        [(kind, text)] = response["responseTemplates"].items()
        body = json.loads(text)
        assert kind == "application/json" and list(body) == ["success", "error", "meta"], name
        assert body["success"] is False and list(body["error"]) == ["code", "message"], name
        assert "$" not in str(body["error"]) and "request_id" in body["meta"], name
        headers = response["responseParameters"]
        values = {value for value in headers.values() if not re.fullmatch("'[^']*'", value)}
        # Nothing of these is the client's: a template cannot escape a value.
        values |= {variable.lstrip("$") for variable in re.findall(r"\$[\w.]+", text)}
        ours = {"context.extendedRequestId", "context.authorizer.request_id", "context.authorizer.timestamp"}
        assert values <= ours, name
        if name.startswith(("AUTHORIZER_", "INTEGRATION_")):
            assert (response["statusCode"], body["error"]["code"]) == ("503", "SERVICE_UNAVAILABLE"), name
            assert headers["gatewayresponse.header.Retry-After"] == "'1'", name


@pytest.mark.parametrize("function, binary", [("GetUserFunction", "get-user"), ("AuthorizerFunction", "authorizer")])
def test_exactly_the_variables_that_a_function_reads_are_set(function, binary):
    sources = [path for path in (ROOT / "src").rglob("*.rs") if path.parent.name != "bin"]
    text = "".join(path.read_text() for path in [*sources, ROOT / "src/bin" / f"{binary}.rs"])
    read = set(re.findall(r'\w\("([A-Z]+(?:_[A-Z]+)+)"[,)]', text))
    # Lambda sets these. The others are for emulators, which set them themselves.
    others = {name for name in read if re.match("AWS_(ACCESS|LAMBDA|REGION|SECRET|SESSION|ENDPOINT_URL$|IGNORE)", name)}
    assert RESOURCES[function]["Properties"]["Environment"]["Variables"].keys() == read - others


def test_each_function_may_only_read_its_table_and_write_its_log_and_traces():
    tables = {
        "GetUser": "arn:aws:dynamodb:us-east-1:123456789012:table/${UsersTable}",
        "Authorizer": {"Fn::GetAtt": ["ApiKeysTable", "Arn"]},
    }
    for name, table in tables.items():
        assert RESOURCES[f"{name}Function"]["Properties"]["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
        role = RESOURCES[f"{name}Role"]["Properties"]
        assert role.keys() == {"AssumeRolePolicyDocument", "Policies"}
        [policy] = role["Policies"]
        assert [(s["Effect"], s["Action"], s["Resource"]) for s in policy["PolicyDocument"]["Statement"]] == [
            ("Allow", "dynamodb:GetItem", table),
            ("Allow", "kms:Decrypt", "key"),
            ("Allow", ["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": [f"{name}Logs", "Arn"]}),
            ("Allow", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
        ]


def test_each_alarm_has_a_section_in_the_runbook_and_tells_somebody():
    alarms = ALARMS | of("CloudWatch::CompositeAlarm")
    assert sorted(re.findall(r"^### (\w+Alarm)$", RUNBOOK, re.MULTILINE)) == sorted(alarms)
    # One alarm pages: it combines two that customers notice.
    topics = {"PageAlarm": ["page"], "ApiFailingAlarm": None, "ApiSlowAlarm": None}
    for name, alarm in alarms.items():
        assert alarm.get("AlarmActions") == alarm.get("OKActions") == topics.get(name, ["ticket"]), name


def watched(alarm: dict) -> dict:
    """The metrics of an alarm, by their IDs."""
    entries = [entry for entry in alarm.get("Metrics", []) if "MetricStat" in entry]
    return {entry["Id"]: entry["MetricStat"]["Metric"] for entry in entries} or {"": alarm}


def test_the_alarms_and_the_dashboard_use_metrics_that_a_filter_counts():
    counted = set()
    for properties in of("Logs::MetricFilter").values():
        [metric] = properties["MetricTransformations"]
        assert metric["MetricNamespace"] == OWN
        counted.add((metric["MetricName"], *(dimension["Key"] for dimension in metric.get("Dimensions", []))))
    used = {
        (metric["MetricName"], *(dimension["Name"] for dimension in metric.get("Dimensions", [])))
        for alarm in ALARMS.values() for metric in watched(alarm).values() if metric["Namespace"] == OWN
    }
    dashboard = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]
    assert json.loads(dashboard)
    used |= {(name,) for name in re.findall(rf'"{OWN}", "(\w+)"', dashboard)}
    # A search needs quotes around a namespace with a hyphen.
    searches = re.findall(r"SEARCH\(.*?\)", dashboard)
    search = rf"""SEARCH\('\{{\\"{OWN}\\",(\w+)\}} MetricName=\\"(\w+)\\"', 'Sum', 60\)"""
    used |= {tuple(reversed(re.fullmatch(search, text).groups())) for text in searches}
    # The codes are for graphs of one's own.
    assert used == counted - {("ResponsesByCode", "Code")}


def test_missing_data_neither_keeps_an_alarm_on_nor_hides_an_outage():
    for name, alarm in ALARMS.items():
        [expression] = [entry["Expression"] for entry in alarm.get("Metrics", []) if "Expression" in entry] or [""]
        assert set(re.findall(r"/ *(\w+)", expression)) <= {"SERVICE_QUOTA"}, f"{name} divides by what may have no data"
        assert "XXError" not in str(alarm), f"{name}: API Gateway does not count a 5xx whose status the definition sets"
        if "AWS/DynamoDB" in str(alarm):
            # CloudWatch ignores missing data of this namespace, whatever TreatMissingData is. FILL also fills a minute
            # whose data is late, so the alarm needs more minutes than must be in breach.
            assert all(f"FILL({entry}, 0)" in expression for entry in watched(alarm)), name
            assert alarm["DatapointsToAlarm"] < alarm["EvaluationPeriods"], name


def fields(group: str) -> set[str]:
    """The fields of a log, from the format of the access log or the tables of docs/logging.md."""
    if group == "${ApiLogs}":
        return set(json.loads(STAGE["AccessLogSetting"]["Format"].replace("$context.status", "200")))
    function = {"${GetUserLogs}": "get-user", "${AuthorizerLogs}": "authorizer"}[group]
    return set(re.findall(rf"^\| `(\w+)` \| (?:both|{function}) \|", LOGGING, re.MULTILINE))


def test_the_filters_and_the_saved_queries_use_fields_that_are_logged():
    for name, properties in of("Logs::MetricFilter").items():
        used = set(re.findall(r"\$\.(\w+)", str(properties)))
        assert used and used <= fields(properties["LogGroupName"]), name
    syntax = "and as avg bin by count desc fields filter first in ispresent last limit max min pct reads requests sort starts stats"
    for name, properties in of("Logs::QueryDefinition").items():
        parameters = [f"'{{{{{parameter['Name']}}}}}'" for parameter in properties.get("Parameters", [])]
        assert re.findall(r"'\{\{\w+\}\}'", properties["QueryString"]) == parameters, name
        used = set(re.findall(r"(?<![@'\w])[a-z]\w+", re.sub(r"'[^']*'|@\w+", "", properties["QueryString"])))
        known = list(map(fields, properties["LogGroupNames"]))
        assert used - set(syntax.split()) <= set.union(*known), name
        assert all(parameter.strip("'{}") in log for parameter in parameters for log in known), name


def test_the_access_log_has_nothing_that_could_be_personal_or_a_key():
    names = re.findall(r"\$(?:context\.)?([^\"},]+)", STAGE["AccessLogSetting"]["Format"])
    forbidden = r"requestId|input|identity|path|domain|error\.(message|validation)|(authorizer|authenticate)\.(claims|principal|user)"
    assert [name for name in names if re.match(forbidden, name)] == []
    assert "DataTraceEnabled" not in str(STAGE) and "LoggingLevel" not in str(STAGE)


def test_the_tables_and_the_logs_outlive_the_stack_and_who_read_whom_cannot_be_deleted():
    protected = {name for name, r in RESOURCES.items() if r["Properties"].get("DeletionProtectionEnabled")}
    assert protected == {"UsersTable", "ApiKeysTable", "GetUserLogs"}
    for name in protected | {"ApiLogs", "AuthorizerLogs"}:
        # A rollback cannot delete what is protected.
        policy = "Retain" if name in protected else "RetainExceptOnCreate"
        assert (RESOURCES[name]["DeletionPolicy"], RESOURCES[name]["UpdateReplacePolicy"]) == (policy, "Retain")


def test_each_environment_has_allowed_values_and_names_what_must_agree_with_the_build():
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())
    for environment in settings.keys() - {"version"}:
        overrides = settings[environment]["global"]["parameters"]["parameter_overrides"]
        values = dict(pair.split("=", 1) for pair in overrides)
        # `sam deploy` leaves a parameter without a value at that of the stack.
        assert {"Environment", "Architecture"} <= values.keys() <= TEMPLATE["Parameters"].keys(), environment
        for name, value in values.items():
            assert value in map(str, TEMPLATE["Parameters"][name].get("AllowedValues", [value])), (environment, name)
