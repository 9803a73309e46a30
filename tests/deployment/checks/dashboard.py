"""The dashboard."""

import json
import re

from checks.logs import METRICS
from checks.registry import notices
from deployment import Deployment, replaced

# The metrics of each widget: namespace, dimensions, names.
OWN = "Credira/stack"
GATEWAY = ("ApiName", "stack", "Stage", "live")
LAMBDA = {"Invocations", "Errors", "Throttles", "ConcurrentExecutions", "Duration"}
WIDGETS = {
    "Requests a minute": {("AWS/ApiGateway", name, *GATEWAY) for name in ("Count", "4XXError", "5XXError")},
    "Latency, ms": {("AWS/ApiGateway", "Latency", *GATEWAY)},
    "Responses by status": {(OWN, "Responses", "Status")},
    "401 by reason, and 429": {(OWN, "DenialsByReason", "Reason"), (OWN, "RateLimited")},
    "get-user": {("AWS/Lambda", name, "FunctionName", "${GetUserFunction}") for name in LAMBDA},
    "authorizer": {("AWS/Lambda", name, "FunctionName", "${AuthorizerFunction}") for name in LAMBDA},
    "Cold starts a minute, and init_ms": {(OWN, "GetUserInit"), (OWN, "AuthorizerInit")},
    "Failed attempts to read a table": {(OWN, "GetUserTableRetries"), (OWN, "AuthorizerTableRetries")},
} | {
    title: {
        ("AWS/DynamoDB", "ConsumedReadCapacityUnits", "TableName", table),
        ("AWS/DynamoDB", "ReadThrottleEvents", "TableName", table),
        ("AWS/DynamoDB", "SuccessfulRequestLatency", "TableName", table, "Operation", "GetItem"),
    }
    for title, table in [("Users table", "users"), ("API keys table", "${ApiKeysTable}")]
}
SEARCH = r"SEARCH\('\{([\w/]+),(\w+)\} MetricName=\"(\w+)\"', 'Sum', 60\)"
DASHBOARD = "Dashboard > DashboardBody > Fn::Sub > 0"


def shown(widget: dict) -> set:
    """The metrics of a widget, without CloudWatch's abbreviations: `.` repeats a part of the metric
    before, and `...` all of it."""
    metrics, before = set(), []
    for entry in widget["properties"]["metrics"]:
        parts = [part for part in entry if isinstance(part, str)]
        if not parts:
            namespace, dimension, name = re.fullmatch(SEARCH, entry[0]["expression"]).groups()
            metrics.add((namespace, name, dimension))
            continue
        if parts != ["..."]:
            before = [before[index] if part == "." else part for index, part in enumerate(parts)]
        metrics.add(tuple(before))
    return metrics


@notices(
    (DASHBOARD, replaced('"FunctionName", "${AuthorizerFunction}"', '"FunctionName", "${GetUserFunction}"')),
    (DASHBOARD, replaced('"TableName", "${ApiKeysTable}"', '"TableName", "${Table}"')),
    (DASHBOARD, replaced('"Stage", "live"', '"Stage", "prod"')),
    (DASHBOARD, replaced("5XXError", "5xx")),
    (DASHBOARD, replaced("RateLimited", "Throttled")),
    (DASHBOARD, replaced(",Reason}", ",KeyId}")),
    (DASHBOARD, replaced("AuthorizerInit", "AuthorizerColdStarts")),
    (DASHBOARD, replaced("${AWS::Region}", "us-west-1")),
    (DASHBOARD, replaced("]}", "]")),
    ("Dashboard > DashboardBody > Fn::Sub > 1 > Table", {"Ref": "ApiKeysTable"}),
    ("Dashboard > DashboardName", "users"),
)
def the_dashboard_shows_metrics_that_exist(deployment: Deployment) -> None:
    dashboard = deployment.with_values(ExistingUsersTable="users")["Dashboard"]["Properties"]
    assert dashboard["DashboardName"] == "stack"
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    assert {widget["properties"]["title"]: shown(widget) for widget in widgets} == WIDGETS
    assert {widget["properties"]["region"] for widget in widgets} == {"us-east-1"}
    for _, name, *dimensions in (metric for metrics in WIDGETS.values() for metric in metrics if metric[0] == OWN):
        assert set(dimensions) == set(METRICS[name][3]), name
