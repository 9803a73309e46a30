"""The stage: its limits, its TLS, its log."""

import json
import re

from checks.registry import notices
from checks.routes import SECURED
from conftest import environments, prose
from deployment import REMOVED, Deployment, replaced

SETTINGS = "Api > MethodSettings"
FORMAT = "Api > AccessLogSetting > Format"
# What the access log may have. Everything else can be personal data, can contain a key, or is the client's
# to choose, and API Gateway does not escape it.
LOGGED = {
    "authorizer.error", "authorizer.key_id", "authorizer.latency", "authorizer.status",
    "error.responseType", "extendedRequestId", "httpMethod", "integration.error",
    "integration.latency", "integration.status", "resourcePath", "responseLatency", "responseLength",
    "status",
}


def stage(deployment: Deployment, **values) -> dict:
    [properties] = [
        r["Properties"] for r in deployment.with_values(**values).values() if r["Type"] == "AWS::ApiGateway::Stage"
    ]
    return properties


@notices(
    (f"{SETTINGS} > 0 > ThrottlingRateLimit", 100_000),
    (f"{SETTINGS} > 0 > ThrottlingBurstLimit", 200),
    (f"{SETTINGS} > 0 > ThrottlingRateLimit", REMOVED),
    (f"{SETTINGS} > 0 > ThrottlingRateLimit", {"Ref": "ThrottleRate"}),
    (f"{SETTINGS} > 0 > ResourcePath", "/~1"),
    (f"{SETTINGS} > 0 > HttpMethod", "GET"),
    (f"{SETTINGS} > 0", REMOVED),
    (f"{SETTINGS} > 1 > ThrottlingRateLimit", 100_000),
    (f"{SETTINGS} > 1 > ThrottlingRateLimit", REMOVED),
    (f"{SETTINGS} > 1 > ResourcePath", "/v1/users/{id}"),
    (f"{SETTINGS} > 2 > ThrottlingBurstLimit", -1),
    (f"{SETTINGS} > 2", REMOVED),
    (f"{SETTINGS} > 3", {"ResourcePath": "/~1", "HttpMethod": "*", "ThrottlingRateLimit": 100_000}),
    (SETTINGS, REMOVED),
    ("Parameters > ThrottleRate > Default", 100_000),
    ("Parameters > ThrottleBurst > Default", 100_000),
)
def each_method_has_the_documented_limit(deployment: Deployment) -> None:
    [(rate, production)] = re.findall(r"`ThrottleRate` \| ([\d,]+), in `prod` ([\d,]+) \|", prose("docs/scale.md"))
    [public] = re.findall(r"a limit of their own: (\d+) a second and (\d+) at once", prose("docs/deploy.md"))
    assert environments()["prod"]["ThrottleRate"] == production.replace(",", "")
    for values, users in [
        ({}, (rate, str(2 * int(rate)))),
        ({"ThrottleRate": 7, "ThrottleBurst": 8}, ("7", "8")),
    ]:
        limits = {
            (setting["ResourcePath"], setting["HttpMethod"]): (
                str(setting["ThrottlingRateLimit"]), str(setting["ThrottlingBurstLimit"])
            )
            for setting in stage(deployment, **values)["MethodSettings"]
        }
        # Their limit keeps junk requests from using up the functions' concurrency.
        assert limits.pop(("/*", "*")) == public
        assert limits == {(f"/{path.replace('/', '~1')}", method.upper()): users for path, method in SECURED}


@notices(
    (f"{SETTINGS} > 1 > DataTraceEnabled", True),
    (f"{SETTINGS} > 0 > LoggingLevel", "INFO"),
    (f"{SETTINGS} > 1 > CachingEnabled", True),
    (f"{SETTINGS} > 1 > MetricsEnabled", False),
    ("Api > CacheClusterEnabled", True),
    ("Api > TracingEnabled", False),
    ("Api > CanarySetting", {"PercentTraffic": 10}),
    ("Api > Variables", {"table": "users"}),
)
def the_stage_has_no_execution_log_and_no_cache(deployment: Deployment) -> None:
    properties = stage(deployment)
    assert set(properties) == {
        "AccessLogSetting", "DeploymentId", "MethodSettings", "RestApiId", "StageName", "TracingEnabled"
    }
    assert properties["TracingEnabled"] is True
    for setting in properties["MethodSettings"]:
        assert setting["MetricsEnabled"] is True
        # The execution log can contain the `Authorization` header.
        assert set(setting) == {
            "HttpMethod", "MetricsEnabled", "ResourcePath", "ThrottlingBurstLimit", "ThrottlingRateLimit"
        }


@notices(
    (FORMAT, replaced("{", '{"address":"$context.identity.sourceIp", ')),
    (FORMAT, replaced("{", '{"agent":"$context.identity.userAgent", ')),
    (FORMAT, replaced("$context.resourcePath", "$context.path")),
    (FORMAT, replaced("{", '{"authorization":"$input.params(\'Authorization\')", ')),
    (FORMAT, replaced("{", '{"message":"$context.error.message", ')),
    (FORMAT, replaced("req_$context.extendedRequestId", "$context.extendedRequestId")),
    (FORMAT, replaced("extendedRequestId", "requestId")),
    (FORMAT, replaced("{", '{"trace_id":"$context.xrayTraceId", ')),
    (FORMAT, replaced('"$context.integration.error"', "$context.integration.error")),
    (FORMAT, replaced('"integration_error":"$context.integration.error", ', "")),
    (FORMAT, replaced('"status":$context.status', '"status":"$context.status"')),
    ("Api > AccessLogSetting > DestinationArn > Fn::GetAtt > 0", "GetUserLogs"),
    ("Api > AccessLogSetting", REMOVED),
)
def the_access_log_has_api_gateways_errors_and_no_personal_data(deployment: Deployment) -> None:
    setting = stage(deployment)["AccessLogSetting"]
    assert setting["DestinationArn"] == {"Fn::GetAtt": ["ApiLogs", "Arn"]}
    text = setting["Format"]
    assert set(re.findall(r"\$[^\"},]*", text)) == {f"$context.{name}" for name in LOGGED}
    assert "\n" not in text
    # Every variable is in quotes, because it can be `-`. The status, a number, always has a value.
    line = json.loads(text.replace(":$context.status,", ":200,"))
    # The functions' logs and the response have the same value.
    assert line["request_id"] == "req_$context.extendedRequestId"
    assert line["status"] == 200
