"""The alarms: what they watch, when they go off, and whom they tell."""

import re

import cloudwatch
from checks.registry import notices
from conftest import ROOT
from deployment import REMOVED, Deployment, replaced

PRODUCTION = {"Environment": "prod", "PageTopicArn": "page", "TicketTopicArn": "ticket"}
API = {"ApiName": "stack", "Stage": "live"}
USERS, KEYS = {"TableName": "users"}, {"TableName": {"Ref": "ApiKeysTable"}}
QUOTA = {"Service": "Lambda", "Type": "Resource", "Resource": "ConcurrentExecutions", "Class": "None"}


def alarms(deployment: Deployment, **values) -> dict:
    return {
        name: resource["Properties"]
        for name, resource in deployment.with_values(**values).items()
        if resource["Type"] in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
    }


def function(name: str) -> dict:
    return {"FunctionName": {"Ref": f"{name}Function"}}


def version(name: str) -> dict:
    """The failures that an alarm of a new version adds up. `ExecutedVersion` is checked elsewhere."""
    return {
        f"{name}Failures": ("Credira/stack", "Sum", 60, {}),
        "Errors": ("AWS/Lambda", "Sum", 60, function(name) | {"Resource": f"${{{name}Function}}:live"}),
    }


# The metrics of each alarm: namespace, statistic, period in seconds, and dimensions.
WATCHED = {
    "ApiFailingAlarm": {"5XXError": ("AWS/ApiGateway", "Sum", 60, API), "Count": ("AWS/ApiGateway", "Sum", 60, API)},
    "ApiSlowAlarm": {"Latency": ("AWS/ApiGateway", "p99", 60, API), "Count": ("AWS/ApiGateway", "Sum", 60, API)},
    "GetUserVersionAlarm": version("GetUser"),
    "AuthorizerVersionAlarm": version("Authorizer"),
    "GetUserThrottlesAlarm": {"Throttles": ("AWS/Lambda", "Sum", 60, function("GetUser"))},
    "AuthorizerThrottlesAlarm": {"Throttles": ("AWS/Lambda", "Sum", 60, function("Authorizer"))},
    "ConcurrencyAlarm": {"ResourceCount": ("AWS/Usage", "Maximum", 60, QUOTA)},
    "UsersTableThrottlesAlarm": {"ReadThrottleEvents": ("AWS/DynamoDB", "Sum", 60, USERS)},
    "UsersTableErrorsAlarm": {"SystemErrors": ("AWS/DynamoDB", "Sum", 60, USERS | {"Operation": "GetItem"})},
    "ApiKeysTableThrottlesAlarm": {"ReadThrottleEvents": ("AWS/DynamoDB", "Sum", 60, KEYS)},
    "ApiKeysTableErrorsAlarm": {"SystemErrors": ("AWS/DynamoDB", "Sum", 60, KEYS | {"Operation": "GetItem"})},
    "DenialsAlarm": {"Denials": ("Credira/stack", "Sum", 300, {}), "Count": ("AWS/ApiGateway", "Sum", 300, API)},
    "RateLimitedAlarm": {
        "RateLimited": ("Credira/stack", "Sum", 300, {}), "Count": ("AWS/ApiGateway", "Sum", 300, API)
    },
    "SilenceAlarm": {"Count": ("AWS/ApiGateway", "Sum", 300, API)},
}
METRIC = "MetricStat > Metric"


@notices(
    ("Api > Name", "users"),
    (f"ApiFailingAlarm > Metrics > 1 > {METRIC} > MetricName", "4XXError"),
    ("ApiFailingAlarm > Metrics > 1 > MetricStat > Stat", "Average"),
    ("ApiFailingAlarm > Metrics > 1 > MetricStat > Period", 300),
    (f"ApiFailingAlarm > Metrics > 2 > {METRIC} > Dimensions > 1 > Value", "Stage"),
    ("ApiSlowAlarm > Metrics > 1 > MetricStat > Stat", "Average"),
    (f"ApiSlowAlarm > Metrics > 1 > {METRIC} > MetricName", "IntegrationLatency"),
    ("GetUserThrottlesAlarm > Dimensions > 0 > Value", {"Ref": "AuthorizerFunction"}),
    ("GetUserThrottlesAlarm > Dimensions > 0 > Value", {"Ref": "GetUsersFunction"}),
    ("AuthorizerThrottlesAlarm > MetricName", "Invocations"),
    ("AuthorizerThrottlesAlarm > Period", 86_400),
    ("ConcurrencyAlarm > Metrics > 1 > MetricStat > Stat", "Minimum"),
    ("UsersTableThrottlesAlarm > MetricName", "WriteThrottleEvents"),
    ("UsersTableThrottlesAlarm > Dimensions > 0 > Value > Fn::If > 2", {"Ref": "ApiKeysTable"}),
    ("UsersTableErrorsAlarm > Statistic", "Average"),
    ("ApiKeysTableErrorsAlarm > Dimensions > 0 > Value > Ref", "UsersTable"),
    ("ApiKeysTableErrorsAlarm > Namespace", "AWS/Lambda"),
    (f"DenialsAlarm > Metrics > 1 > {METRIC} > Namespace > Fn::Sub", "Credira"),
    ("RateLimitedAlarm > Metrics > 2 > MetricStat > Period", 60),
    ("SilenceAlarm > Dimensions > 0 > Value", {"Ref": "Api"}),
    (f"AuthorizerVersionAlarm > Metrics > 2 > {METRIC} > Dimensions > 1 > Value > Fn::Sub", "${GetUserFunction}:live"),
)
def each_alarm_watches_the_right_metrics(deployment: Deployment) -> None:
    watched = {}
    for name, alarm in alarms(deployment, **PRODUCTION, ExistingUsersTable="users").items():
        stats = [entry["MetricStat"] for entry in alarm.get("Metrics", []) if "MetricStat" in entry]
        if "MetricName" in alarm:
            stats = [{"Metric": alarm, "Stat": alarm["Statistic"], "Period": alarm["Period"]}]
        for stat in stats:
            metric = stat["Metric"]
            dimensions = {
                entry["Name"]: entry["Value"]
                for entry in metric.get("Dimensions", []) if entry["Name"] not in ("Version", "ExecutedVersion")
            }
            entry = (metric["Namespace"], stat["Stat"], stat["Period"], dimensions)
            watched.setdefault(name, {})[metric["MetricName"]] = entry
    assert watched == WATCHED
    assert deployment.with_values()["Api"]["Properties"]["Name"] == API["ApiName"]
    own = alarms(deployment, **PRODUCTION)["UsersTableThrottlesAlarm"]["Dimensions"]
    assert own == [{"Name": "TableName", "Value": {"Ref": "UsersTable"}}]


# The sentences are those of docs/runbook.md. Each has data that just makes the alarm go off, and data
# that just does not. A data point is one period.
LIMITS = {
    # In three of five minutes, more than 1 % of all responses, and at least 5 a minute, were a 5xx.
    "ApiFailingAlarm": (
        [{"5XXError": [5, 0, 5, 0, 5], "Count": [499] * 5}],
        [
            {"5XXError": [5, 0, 5, 0, 0], "Count": [499] * 5},
            {"5XXError": [5] * 5, "Count": [500] * 5},
            {"5XXError": [4] * 5, "Count": [4] * 5},
        ],
    ),
    # For five minutes, the slowest hundredth of the responses took more than a second, at 100 requests a
    # minute or more.
    "ApiSlowAlarm": (
        [{"Latency": [1001] * 5, "Count": [100] * 5}],
        [
            {"Latency": [1001] * 4 + [1000], "Count": [100] * 5},
            {"Latency": [1001] * 5, "Count": [100] * 4 + [99]},
        ],
    ),
    # The latest version failed three times in a minute: with a 5xx, a crash or a timeout.
    "GetUserVersionAlarm": (
        [{"GetUserFailures": [3, 0], "Errors": [None, 0]}, {"GetUserFailures": [0, 2], "Errors": [0, 1]}],
        [{"GetUserFailures": [2, 0], "Errors": [0, 2]}, {"GetUserFailures": [None, 2], "Errors": [None, None]}],
    ),
    "AuthorizerVersionAlarm": (
        [{"AuthorizerFailures": [None, 0], "Errors": [3, 0]}, {"AuthorizerFailures": [3, 0], "Errors": [None, None]}],
        # Lambda also counts a failed decision as an error.
        [{"AuthorizerFailures": [2, 2], "Errors": [2, 2]}, {"AuthorizerFailures": [2, 2], "Errors": [None, None]}],
    ),
    # Lambda throttled the function.
    "GetUserThrottlesAlarm": ([{"Throttles": [1]}], [{"Throttles": [0]}]),
    "AuthorizerThrottlesAlarm": ([{"Throttles": [1]}], [{"Throttles": [0]}]),
    # All functions of the account together use more than 80 % of its concurrent executions.
    "ConcurrencyAlarm": ([{"ResourceCount": [801] * 3}], [{"ResourceCount": [801, 801, 800]}]),
    # DynamoDB throttles reads of the table.
    "UsersTableThrottlesAlarm": ([{"ReadThrottleEvents": [1]}], [{"ReadThrottleEvents": [0]}]),
    "ApiKeysTableThrottlesAlarm": ([{"ReadThrottleEvents": [1]}], [{"ReadThrottleEvents": [0]}]),
    # DynamoDB returned errors of its own in three of five minutes.
    "UsersTableErrorsAlarm": ([{"SystemErrors": [1, None, 1, None, 1]}], [{"SystemErrors": [1, 0, 9, 0, 0]}]),
    "ApiKeysTableErrorsAlarm": ([{"SystemErrors": [1, None, 1, None, 1]}], [{"SystemErrors": [1, 0, 9, 0, 0]}]),
    # In five minutes, more than half of the requests, and at least 300, had no valid key.
    "DenialsAlarm": (
        [{"Denials": [300], "Count": [599]}],
        [{"Denials": [300], "Count": [600]}, {"Denials": [299], "Count": [299]}],
    ),
    # For a quarter of an hour, more than 1 % of the requests, and at least 50 in each five minutes, got a 429.
    "RateLimitedAlarm": (
        [{"RateLimited": [50] * 3, "Count": [4999] * 3}],
        [{"RateLimited": [50] * 3, "Count": [4999, 4999, 5000]}, {"RateLimited": [50, 49, 50], "Count": [50] * 3}],
    ),
    # Production got no request for half an hour.
    "SilenceAlarm": ([{"Count": [None] * 6}, {"Count": [0] * 6}], [{"Count": [1] + [None] * 5}]),
}


@notices(
    ("ApiFailingAlarm > Metrics > 0 > Expression", replaced("0.01", "0.5")),
    ("ApiFailingAlarm > Metrics > 0 > Expression", replaced("AND", "OR")),
    ("ApiFailingAlarm > Metrics > 0 > Expression", replaced("failed >= 5", "failed >= 100000")),
    ("ApiFailingAlarm > Threshold", 100_000),
    ("ApiFailingAlarm > DatapointsToAlarm", 1),
    ("ApiFailingAlarm > EvaluationPeriods", 60),
    ("ApiFailingAlarm > TreatMissingData", "breaching"),
    ("ApiSlowAlarm > Metrics > 0 > Expression", replaced("1000", "100000")),
    ("GetUserVersionAlarm > Threshold", 100_000),
    ("GetUserVersionAlarm > ComparisonOperator", "GreaterThanThreshold"),
    ("AuthorizerVersionAlarm > Metrics > 0 > Expression", "failed_requests + crashes"),
    ("AuthorizerVersionAlarm > Metrics > 0 > Expression", replaced("MAX", "SUM")),
    ("GetUserVersionAlarm > Metrics > 0 > Expression", replaced("SUM", "MAX")),
    ("GetUserThrottlesAlarm > Threshold", 100_000),
    ("AuthorizerThrottlesAlarm > ComparisonOperator", "LessThanThreshold"),
    ("ConcurrencyAlarm > Threshold", 800),
    ("ConcurrencyAlarm > Metrics > 0 > Expression", "used"),
    ("UsersTableThrottlesAlarm > EvaluationPeriods", 5),
    ("UsersTableErrorsAlarm > TreatMissingData", "missing"),
    ("ApiKeysTableErrorsAlarm > DatapointsToAlarm", 5),
    ("DenialsAlarm > Metrics > 0 > Expression", replaced("300", "30")),
    ("RateLimitedAlarm > DatapointsToAlarm", 1),
    ("GetUserVersionAlarm > TreatMissingData", "breaching"),
    ("SilenceAlarm > TreatMissingData", "notBreaching"),
    ("SilenceAlarm > EvaluationPeriods", 1),
    ("SilenceAlarm > ComparisonOperator", "GreaterThanThreshold"),
)
def each_alarm_goes_off_at_the_documented_limit(deployment: Deployment) -> None:
    simple = {name: alarm for name, alarm in alarms(deployment, **PRODUCTION).items() if name != "PageAlarm"}
    assert set(simple) == set(LIMITS)
    for name, (beyond, within) in LIMITS.items():
        for data in beyond:
            assert cloudwatch.state(simple[name], data) == "ALARM", (name, data)
        for data in within:
            # What happened before these periods does not count any more.
            data = {metric: beyond[0][metric] + points for metric, points in data.items()}
            assert cloudwatch.state(simple[name], data) == "OK", (name, data)
        assert simple[name]["TreatMissingData"] == ("breaching" if name == "SilenceAlarm" else "notBreaching"), name


@notices(
    ("PageAlarm > AlarmRule > Fn::Sub", replaced("OR", "AND")),
    ("PageAlarm > AlarmRule > Fn::Sub", 'ALARM("${ApiFailingAlarm}")'),
    ("PageAlarm > AlarmRule > Fn::Sub", replaced("ApiSlowAlarm", "DenialsAlarm")),
    ("PageAlarm > AlarmActions > Fn::If > 1 > 0 > Ref", "TicketTopicArn"),
    ("PageAlarm > ActionsEnabled", False),
    ("PageAlarm > OKActions", REMOVED),
    ("ApiFailingAlarm > AlarmActions", [{"Ref": "PageTopicArn"}]),
    ("DenialsAlarm > AlarmActions", REMOVED),
    ("ConcurrencyAlarm > ActionsEnabled", False),
    ("SilenceAlarm > AlarmActions > Fn::If > 1 > 0 > Ref", "PageTopicArn"),
    ("GetUserThrottlesAlarm > AlarmActions > Fn::If > 2", [{"Ref": "TicketTopicArn"}]),
    ("Conditions > HasPageTopic", {"Fn::Equals": [{"Ref": "PageTopicArn"}, ""]}),
    ("SilenceAlarm > Condition", REMOVED),
    ("Resources > DenialsAlarm", REMOVED),
)
def one_alarm_pages_and_the_others_are_tickets(deployment: Deployment) -> None:
    production, plain = alarms(deployment, **PRODUCTION), alarms(deployment)
    assert set(production) == set(WATCHED) | {"PageAlarm"}
    # Other environments get few requests.
    assert set(production) - set(plain) == {"SilenceAlarm"}
    headings = re.findall(r"^### (\w+Alarm)$", (ROOT / "docs/runbook.md").read_text(), re.MULTILINE)
    assert sorted(headings) == sorted(production)
    assert production["PageAlarm"]["AlarmRule"] == 'ALARM("${ApiFailingAlarm}") OR ALARM("${ApiSlowAlarm}")'
    for name, alarm in production.items():
        paging = {"PageAlarm": ["page"], "ApiFailingAlarm": None, "ApiSlowAlarm": None}
        topics = paging.get(name, ["ticket"])
        assert alarm.get("AlarmActions") == alarm.get("OKActions") == topics, name
        assert "ActionsEnabled" not in alarm and "ActionsSuppressor" not in alarm, name
    for name, alarm in plain.items():
        assert not {"AlarmActions", "OKActions"} & set(alarm), name
