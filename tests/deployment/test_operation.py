"""Metrics, queries, alarms and the dashboard fit the log's fields, and the runbook covers each alarm."""

import json
import re

import pytest

from conftest import ROOT
from resolution import resolved
from translation import definition, template, translated

# The fields of the functions' log lines.
FIELDS = {
    "timestamp", "level", "message", "request_id", "extended_request_id", "lambda_request_id",
    "trace_id", "version", "cold", "init_ms", "method", "status", "code", "key_id", "account_id",
    "user_id", "table_attempts", "table_ms", "ms", "reason", "memory_hit", "decision", "cause",
}
WHOLE = translated(template(), definition())
RESOURCES = resolved(WHOLE, {"Environment": "prod", "PageTopicArn": "page", "TicketTopicArn": "ticket"})


def of(kind: str) -> dict:
    return {name: r["Properties"] for name, r in RESOURCES.items() if r["Type"] == kind}


ALARMS = of("AWS::CloudWatch::Alarm") | of("AWS::CloudWatch::CompositeAlarm")
FILTERS = of("AWS::Logs::MetricFilter")
QUERIES = of("AWS::Logs::QueryDefinition")


def access_log_fields() -> set[str]:
    [stage] = of("AWS::ApiGateway::Stage").values()
    text = stage["AccessLogSetting"]["Format"]
    assert "\n" not in text
    # Every variable is in quotes, except the status, which is a number.
    return set(json.loads(re.sub(r'(?<!")(?<!req_)\$context\.[\w.]+', "200", text)))


@pytest.mark.parametrize("name", FILTERS)
def test_a_metric_filter_uses_fields_that_are_logged(name):
    properties = FILTERS[name]
    known = access_log_fields() if properties["LogGroupName"] == {"Ref": "ApiLogs"} else FIELDS
    [transformation] = properties["MetricTransformations"]
    text = properties["FilterPattern"] + json.dumps(transformation)
    assert set(re.findall(r"\$\.(\w+)", text)) <= known
    # CloudWatch Logs does not accept a default value together with dimensions.
    assert not {"DefaultValue", "Dimensions"} <= set(transformation)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_uses_fields_that_are_logged(name):
    query, known = QUERIES[name]["QueryString"], FIELDS
    if {"Ref": "ApiLogs"} in QUERIES[name]["LogGroupNames"]:
        known = known & access_log_fields()
    named = set(re.findall(r"as (\w+)", query))
    functions = {"count", "avg", "pct", "bin", "min", "max", "ispresent"}
    words = re.findall(r"(?<![@'\w])[a-z]\w+", re.sub(r"'[^']*'|@\w+", "", query))
    syntax = {"fields", "filter", "sort", "stats", "limit", "desc", "by", "as", "and", "in"}
    assert set(words) - named - functions - syntax <= known


def test_a_request_is_found_in_all_three_logs():
    assert QUERIES["OneRequestQuery"]["LogGroupNames"] == [
        {"Ref": "ApiLogs"}, {"Ref": "GetUserLogs"}, {"Ref": "AuthorizerLogs"}
    ]
    [stage] = of("AWS::ApiGateway::Stage").values()
    # The functions' logs and the response have the same value.
    assert '"request_id":"req_$context.requestId"' in stage["AccessLogSetting"]["Format"]


def test_the_access_log_has_api_gateways_own_errors_and_no_personal_data():
    [stage] = of("AWS::ApiGateway::Stage").values()
    text = stage["AccessLogSetting"]["Format"]
    for variable in (
        "authorizer.error", "integration.error", "integration.status", "extendedRequestId",
        "xrayTraceId", "responseLength", "error.responseType",
    ):
        assert f"$context.{variable}" in text
    for variable in ("identity", "path", "resourceId", "domainName", "requestOverride"):
        assert f"$context.{variable}" not in text.replace("$context.resourcePath", "")


def test_alarms_and_the_dashboard_use_metrics_that_exist():
    created = {t["MetricName"] for f in FILTERS.values() for t in f["MetricTransformations"]}
    for name, alarm in ALARMS.items():
        metrics = [entry["MetricStat"]["Metric"] for entry in alarm.get("Metrics", []) if "MetricStat" in entry]
        for metric in metrics + [alarm] * ("MetricName" in alarm):
            if metric["Namespace"].startswith("Credira/"):
                assert metric["MetricName"] in created, name
    dashboard = json.loads(of("AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"])
    text = json.dumps(dashboard)
    assert set(re.findall(r'MetricName=\\+"(\w+)', text)) <= created
    assert set(re.findall(r'"Credira/stack", "(\w+)"', text)) <= created
    # Both functions, both tables, cold starts, 401 and 429.
    for part in ("${GetUserFunction}", "${AuthorizerFunction}", "${UsersTable}", "${ApiKeysTable}", "GetUserInit", "AuthorizerInit", "DenialsByReason", "RateLimited"):
        assert part in text or part == "${UsersTable}" and "'Ref': 'UsersTable'" in text, part


def test_one_alarm_pages_and_the_others_are_tickets():
    paging = {name for name, alarm in ALARMS.items() if alarm.get("AlarmActions") == ["page"]}
    assert paging == {"PageAlarm"}
    parts = set(re.findall(r"\$\{(\w+)\}", ALARMS["PageAlarm"]["AlarmRule"]))
    for name in parts:
        # A minimum number of requests, so that one failure in a quiet night does not page.
        assert "AND" in ALARMS[name]["Metrics"][0]["Expression"]
        assert "AlarmActions" not in ALARMS[name]
    for name in ALARMS.keys() - parts - paging:
        assert ALARMS[name]["AlarmActions"] == ALARMS[name]["OKActions"] == ["ticket"], name


def test_without_topics_alarms_have_no_actions():
    for name, resource in resolved(WHOLE, {}).items():
        if "Alarm" in resource["Type"]:
            assert not {"AlarmActions", "OKActions"} & set(resource["Properties"]), name


def test_only_production_has_the_silence_alarm():
    assert "SilenceAlarm" in ALARMS
    assert "SilenceAlarm" not in resolved(WHOLE, {"Environment": "staging"})


def test_the_runbook_has_a_heading_for_each_alarm():
    text = (ROOT / "docs/runbook.md").read_text()
    headings = re.findall(r"^### (\w+Alarm)$", text, re.MULTILINE)
    assert sorted(headings) == sorted(ALARMS)
