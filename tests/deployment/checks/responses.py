"""The responses that API Gateway sends by itself."""

import json
import re

from checks.registry import notices
from conftest import ROOT
from deployment import REMOVED, Deployment, replaced

# All types of API Gateway's guide, "Gateway response types", with the status that this API gives them.
# DEFAULT_4XX is for several statuses, and keeps them.
STATUSES = {
    "ACCESS_DENIED": 401, "API_CONFIGURATION_ERROR": 500, "AUTHORIZER_CONFIGURATION_ERROR": 503,
    "AUTHORIZER_FAILURE": 503, "BAD_REQUEST_BODY": 400, "BAD_REQUEST_PARAMETERS": 400,
    "DEFAULT_4XX": None, "DEFAULT_5XX": 500, "EXPIRED_TOKEN": 401, "INTEGRATION_FAILURE": 503,
    "INTEGRATION_TIMEOUT": 503, "INVALID_API_KEY": 401, "INVALID_SIGNATURE": 401,
    "MISSING_AUTHENTICATION_TOKEN": 404, "QUOTA_EXCEEDED": 429, "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404, "THROTTLED": 429, "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415, "WAF_FILTERED": 403,
}
# The statuses whose error is not one that the README lists.
OWN_ERRORS = {
    None: ("INVALID_REQUEST", "Invalid request"),
    400: ("INVALID_REQUEST", "Invalid request"),
    403: ("FORBIDDEN", "Request refused"),
    415: ("INVALID_REQUEST", "Invalid request"),
}

RESPONSES = "x-amazon-apigateway-gateway-responses"
BODY = "responseTemplates > application/json"
HEADERS = "responseParameters"


def errors_of_the_readme() -> dict:
    """The code and the message of each status. A 404 of API Gateway is about the route."""
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \| ([^|]+) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    return {int(status): (code, message) for status, code, message in rows if message != "User not found"}


@notices(
    (f"{RESPONSES} > THROTTLED", REMOVED),
    (f"{RESPONSES} > ACCESS_DENIED > statusCode", "403"),
    (f"{RESPONSES} > EXPIRED_TOKEN > statusCode", REMOVED),
    (f"{RESPONSES} > AUTHORIZER_CONFIGURATION_ERROR > statusCode", "500"),
    (f"{RESPONSES} > AUTHORIZER_FAILURE > statusCode", "401"),
    (f"{RESPONSES} > INTEGRATION_TIMEOUT > statusCode", "504"),
    (f"{RESPONSES} > DEFAULT_4XX > statusCode", "200"),
    (f"{RESPONSES} > WAF_FILTERED > {BODY}", '{"message":"no"}'),
    (f"{RESPONSES} > THROTTLED > {BODY}", replaced("Too many requests", "Slow down")),
    (f"{RESPONSES} > RESOURCE_NOT_FOUND > {BODY}", replaced("Route", "User")),
    (f"{RESPONSES} > DEFAULT_5XX > {BODY}", replaced("Internal server error", "$context.error.message")),
    (f"{RESPONSES} > DEFAULT_5XX > {BODY}", replaced("false", "true")),
    (f"{RESPONSES} > ACCESS_DENIED > {BODY}", replaced("$context.authorizer.timestamp", "$context.requestTime")),
    (f"{RESPONSES} > UNAUTHORIZED > {BODY}", replaced("req_", "")),
    (f"{RESPONSES} > THROTTLED > {BODY}", replaced("extendedRequestId", "requestId")),
    (f"{RESPONSES} > UNAUTHORIZED > {BODY}", replaced("req_$context.extendedRequestId", "$context.authorizer.request_id")),
    (f"{RESPONSES} > QUOTA_EXCEEDED > responseTemplates > text/html", "<p>Too many requests</p>"),
)
def every_gateway_response_has_the_envelope(deployment: Deployment) -> None:
    responses = deployment.body[RESPONSES]
    assert {name: response.get("statusCode") for name, response in responses.items()} == {
        name: status and str(status) for name, status in STATUSES.items()
    }
    errors = errors_of_the_readme() | OWN_ERRORS
    for name, response in responses.items():
        code, message = errors[STATUSES[name]]
        # Only a Deny has the authorizer's context.
        meta = {"timestamp": "$context.authorizer.timestamp", "request_id": "$context.authorizer.request_id"}
        assert list(response["responseTemplates"]) == ["application/json"], name
        assert json.loads(response["responseTemplates"]["application/json"]) == {
            "success": False,
            "error": {"code": code, "message": message},
            "meta": meta if name == "ACCESS_DENIED" else {"request_id": "req_$context.extendedRequestId"},
        }, name


@notices(
    (f"{RESPONSES} > THROTTLED > {HEADERS} > gatewayresponse.header.Cache-Control", "'public'"),
    (f"{RESPONSES} > ACCESS_DENIED > {HEADERS} > gatewayresponse.header.Cache-Control", "'public, max-age=60'"),
    (f"{RESPONSES} > DEFAULT_4XX > {HEADERS} > gatewayresponse.header.Cache-Control", REMOVED),
    (f"{RESPONSES} > WAF_FILTERED > {HEADERS} > gatewayresponse.header.X-Content-Type-Options", REMOVED),
    (f"{RESPONSES} > UNAUTHORIZED > {HEADERS} > gatewayresponse.header.WWW-Authenticate", "'Basic'"),
    (f"{RESPONSES} > ACCESS_DENIED > {HEADERS} > gatewayresponse.header.WWW-Authenticate", REMOVED),
    (f"{RESPONSES} > ACCESS_DENIED > {HEADERS} > gatewayresponse.header.X-Request-Id", "context.requestId"),
    (f"{RESPONSES} > INTEGRATION_FAILURE > {HEADERS} > gatewayresponse.header.Retry-After", "'3600'"),
    (f"{RESPONSES} > THROTTLED > {HEADERS} > gatewayresponse.header.Retry-After", REMOVED),
    (f"{RESPONSES} > DEFAULT_5XX > {HEADERS} > gatewayresponse.header.Access-Control-Allow-Origin", "'*'"),
)
def every_gateway_response_has_the_headers(deployment: Deployment) -> None:
    for name, response in deployment.body[RESPONSES].items():
        headers = {"Cache-Control": "'no-store'", "X-Content-Type-Options": "'nosniff'"}
        if STATUSES[name] == 401:
            headers["WWW-Authenticate"] = "'Bearer'"
        if STATUSES[name] in (429, 503):
            headers["Retry-After"] = "'1'"
        if name == "ACCESS_DENIED":
            headers["X-Request-Id"] = "context.authorizer.request_id"
        expected = {f"gatewayresponse.header.{header}": value for header, value in headers.items()}
        assert response["responseParameters"] == expected, name
