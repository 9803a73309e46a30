"""The logs, the metrics that are counted in them, and the saved queries."""

import json
import re

import cloudwatch
from checks.registry import notices
from checks.stage import stage
from conftest import ROOT, prose
from deployment import REMOVED, Deployment, replaced

LOGGING = (ROOT / "docs/logging.md").read_text()
PATTERN = "FilterPattern"
TRANSFORMATION = "MetricTransformations > 0"


@notices(
    ("GetUserLogs > DeletionPolicy", "Delete"),
    ("AuthorizerLogs > UpdateReplacePolicy", REMOVED),
    ("ApiLogs > LogGroupName", "/aws/apigateway/users"),
    ("ApiLogs > RetentionInDays", REMOVED),
    ("GetUserLogs > RetentionInDays", 3653),
    ("AuthorizerLogs > LogGroupClass", "INFREQUENT_ACCESS"),
    ("Parameters > LogRetentionDays > Default", 1),
)
def the_logs_are_kept_for_the_documented_time(deployment: Deployment) -> None:
    groups = {name: r for name, r in deployment.resources.items() if r["Type"] == "AWS::Logs::LogGroup"}
    assert set(groups) == {"ApiLogs", "GetUserLogs", "AuthorizerLogs"}
    for group in groups.values():
        assert group["DeletionPolicy"] == "RetainExceptOnCreate"
        assert group["UpdateReplacePolicy"] == "Retain"
        # A fixed name would block a new stack. Another class would have no metric filters.
        assert group["Properties"] == {"RetentionInDays": {"Ref": "LogRetentionDays"}}
    [default] = re.findall(r"`LogRetentionDays`, a parameter of the template: (\d+) days by default", LOGGING)
    assert str(deployment.template["Parameters"]["LogRetentionDays"]["Default"]) == default


def fields(group: str) -> set[str]:
    """The fields of a function's log, from the tables of docs/logging.md."""
    function = {"GetUserLogs": "get-user", "AuthorizerLogs": "authorizer"}[group]
    return set(re.findall(rf"^\| `(\w+)` \| (?:both|{function}) \|", LOGGING, re.MULTILINE))


def lines(deployment: Deployment) -> dict:
    """Log lines of each group, by what they tell. The functions' lines are those of docs/logging.md, and
    some that differ in a few fields."""
    documented = [json.loads(line) for line in re.findall(r"^\{.*\}$", LOGGING, re.MULTILINE)]
    get_user = {line["status"]: line for line in documented if "status" in line}
    authorizer = {line["decision"]: line for line in documented if "decision" in line}
    both = {line["message"]: line for line in documented if line["message"] != "request"}
    # `init_ms` is only in the line of a cold start.
    get_user["warm"] = {key: value for key, value in get_user[200].items() if key != "init_ms"}
    get_user[503] = get_user[500] | {"status": 503, "code": "SERVICE_UNAVAILABLE"}
    get_user[404] = get_user[500] | {"status": 404, "code": "NOT_FOUND"}
    authorizer["failed"] = authorizer["deny"] | {"decision": "failed"}
    authorizer["cold"] = authorizer["allow"] | {"init_ms": 5.1}
    access = stage(deployment)["AccessLogSetting"]["Format"]
    return {
        "GetUserLogs": get_user | both,
        "AuthorizerLogs": authorizer | both,
        "ApiLogs": {n: json.loads(access.replace("$context.status", str(n))) for n in (200, 401, 429, 500)},
    }


# The lines that each metric counts, the value (1, or a field's), and the field that is its dimension.
METRICS = {
    "Responses": ("ApiLogs", {200, 401, 429, 500}, 1, {"Status": "$.status"}),
    "RateLimited": ("ApiLogs", {429}, 1, {}),
    "ResponsesByCode": ("GetUserLogs", {404, 500, 503}, 1, {"Code": "$.code"}),
    "GetUserFailures": ("GetUserLogs", {500, 503}, 1, {"Version": "$.version"}),
    "GetUserInit": ("GetUserLogs", {200}, "$.init_ms", {}),
    "GetUserTableRetries": ("GetUserLogs", {"table attempt failed"}, 1, {}),
    "Denials": ("AuthorizerLogs", {"deny"}, 1, {}),
    "DenialsByReason": ("AuthorizerLogs", {"deny"}, 1, {"Reason": "$.reason"}),
    "AuthorizerFailures": ("AuthorizerLogs", {"failed"}, 1, {"Version": "$.version"}),
    "AuthorizerInit": ("AuthorizerLogs", {"cold"}, "$.init_ms", {}),
    "AuthorizerTableRetries": ("AuthorizerLogs", {"table attempt failed"}, 1, {}),
}


@notices(
    (f"RateLimited > {PATTERN}", "{ $.status = 492 }"),
    (f"RateLimited > {PATTERN}", "{ $.code = 429 }"),
    (f"ResponsesByStatus > {PATTERN}", "{ $.status > 400 }"),
    (f"GetUserFailures > {PATTERN}", '{ $.message = "request" && $.status >= 400 }'),
    (f"GetUserFailures > {PATTERN}", '{ $.message = "request" && $.status > 500 }'),
    (f"ResponsesByCode > {PATTERN}", '{ $.message = "request" && $.codes = "*" }'),
    (f"Denials > {PATTERN}", '{ $.message = "request" && $.decision = "denied" }'),
    (f"AuthorizerFailures > {PATTERN}", '{ $.message = "request" && $.decision = "deny" }'),
    (f"GetUserColdStarts > {PATTERN}", '{ $.message = "request" && $.ms >= 0 }'),
    (f"GetUserTableRetries > {PATTERN}", '{ $.message = "table attempts failed" }'),
    ("AuthorizerTableRetries > LogGroupName > Ref", "GetUserLogs"),
    (f"AuthorizerColdStarts > {TRANSFORMATION} > MetricValue", "$.ms"),
    (f"GetUserTableRetries > {TRANSFORMATION} > MetricValue", 0),
    (f"Denials > {TRANSFORMATION} > MetricName", "Denied"),
    (f"Denials > {TRANSFORMATION} > MetricNamespace > Fn::Sub", "Credira"),
    (f"DenialsByReason > {TRANSFORMATION} > Dimensions > 0 > Value", "$.key_id"),
    (f"DenialsByReason > {TRANSFORMATION} > DefaultValue", 0),
    (f"AuthorizerFailures > {TRANSFORMATION} > Dimensions", REMOVED),
    ("Resources > DenialsByReason", REMOVED),
)
def each_metric_counts_the_right_lines(deployment: Deployment) -> None:
    logged, counted = lines(deployment), {}
    for resource in deployment.with_values().values():
        if resource["Type"] == "AWS::Logs::MetricFilter":
            properties = resource["Properties"]
            [transformation] = properties["MetricTransformations"]
            assert transformation["MetricNamespace"] == "Credira/stack"
            # CloudWatch Logs does not accept a default value together with dimensions.
            assert "DefaultValue" not in transformation
            group = properties["LogGroupName"]["Ref"]
            pattern = properties["FilterPattern"]
            found = {name for name, line in logged[group].items() if cloudwatch.matches(pattern, line)}
            dimensions = {entry["Key"]: entry["Value"] for entry in transformation.get("Dimensions", [])}
            counted[transformation["MetricName"]] = (group, found, transformation["MetricValue"], dimensions)
    assert counted == METRICS


QUERIES = {
    "OneRequestQuery": ("one request", ["ApiLogs", "GetUserLogs", "AuthorizerLogs"]),
    "SlowestQuery": ("slowest requests", ["GetUserLogs", "AuthorizerLogs"]),
    "ErrorsQuery": ("errors by code", ["GetUserLogs"]),
    "ColdStartsQuery": ("cold starts", ["GetUserLogs", "AuthorizerLogs"]),
    "UserReadersQuery": ("who read a user", ["GetUserLogs"]),
    "KeyUseQuery": ("what a key did", ["GetUserLogs"]),
}
QUERY = "QueryString"


@notices(
    ("OneRequestQuery > LogGroupNames > 2", REMOVED),
    ("SlowestQuery > LogGroupNames > 0 > Ref", "ApiLogs"),
    (f"OneRequestQuery > {QUERY}", replaced("request_id", "requestId")),
    (f"SlowestQuery > {QUERY}", replaced("sort ms", "sort duration")),
    (f"ErrorsQuery > {QUERY}", replaced("ispresent(code)", "ispresent(error)")),
    (f"ErrorsQuery > {QUERY}", replaced("version", "function_version")),
    (f"ColdStartsQuery > {QUERY}", replaced("init_ms", "cold_ms")),
    (f"UserReadersQuery > {QUERY}", replaced("user_id", "user")),
    (f"UserReadersQuery > {QUERY}", replaced("key_id", "reason")),
    (f"KeyUseQuery > {QUERY}", replaced("key_id", "decision")),
    ("KeyUseQuery > Name > Fn::Sub", "${AWS::StackName}/key use"),
)
def each_query_uses_fields_that_are_logged(deployment: Deployment) -> None:
    queries = {
        name: r["Properties"]
        for name, r in deployment.with_values().items() if r["Type"] == "AWS::Logs::QueryDefinition"
    }
    runbook = prose("docs/runbook.md")
    assert {name: (q["Name"], [group["Ref"] for group in q["LogGroupNames"]]) for name, q in queries.items()} == {
        name: (f"stack/{title}", groups) for name, (title, groups) in QUERIES.items()
    }
    for name, (title, groups) in QUERIES.items():
        assert f"*{title}*" in runbook, title
        known = set().union(*(fields(group) for group in groups if group != "ApiLogs"))
        if "ApiLogs" in groups:
            known &= set(lines(deployment)["ApiLogs"][200])
        query = queries[name]["QueryString"]
        named = set(re.findall(r"as (\w+)", query))
        functions = {"count", "avg", "pct", "bin", "min", "max", "ispresent"}
        syntax = {"fields", "filter", "sort", "stats", "limit", "desc", "by", "as", "and", "in"}
        words = re.findall(r"(?<![@'\w])[a-z]\w+", re.sub(r"'[^']*'|@\w+", "", query))
        assert set(words) - named - functions - syntax <= known, name
        assert "request_id = 'req_" in query or name != "OneRequestQuery"
