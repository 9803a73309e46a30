"""The checks of the template. A check raises an exception if it fails."""

import json
import re

from translation import definition as read_definition
from translation import template as read_template
from translation import translated, variables_read

# From API Gateway's guide, "Gateway response types".
GATEWAY_RESPONSES = {
    "ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR",
    "AUTHORIZER_FAILURE", "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX",
    "DEFAULT_5XX", "EXPIRED_TOKEN", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT",
    "INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED",
    "REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "THROTTLED", "UNAUTHORIZED",
    "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED",
}
ANY = "x-amazon-apigateway-any-method"
# All methods that API Gateway supports, except GET and HEAD.
OTHER_METHODS = {"post", "put", "patch", "delete", "options"}
PUBLIC = {("/v1/users/{id}", method) for method in OTHER_METHODS} | {("/", ANY), ("/{proxy+}", ANY)}
SECURED = {("/v1/users/{id}", "get"), ("/v1/users/{id}", "head")}
FUNCTIONS = {"GetUserFunction": "get-user", "AuthorizerFunction": "authorizer"}
TABLES = {
    "GetUserFunction": {
        "Fn::Sub": [
            "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Table}",
            {"Table": {"Fn::If": ["CreatesUsersTable", {"Ref": "UsersTable"}, {"Ref": "ExistingUsersTable"}]}},
        ]
    },
    "AuthorizerFunction": {"Fn::GetAtt": ["ApiKeysTable", "Arn"]},
}


class Deployment:
    """The template and the definition, both as written and as translated."""

    def __init__(self):
        self.template, self.definition = read_template(), read_definition()

    @property
    def resources(self) -> dict:
        return translated(self.template, self.definition)["Resources"]

    @property
    def body(self) -> dict:
        return self.resources["Api"]["Properties"]["Body"]


def every_route_has_the_authorizer_or_is_public(deployment: Deployment) -> None:
    routes = {
        (path, method): operation
        for path, item in deployment.body["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }
    assert set(routes) == PUBLIC | SECURED
    for route, operation in routes.items():
        security = operation.get("security")
        assert security == ([] if route in PUBLIC else [{"ApiKey": []}]), route
    # Neither a default of the definition nor an event of a function adds access without a key.
    assert "security" not in deployment.body
    functions = [r for r in deployment.template["Resources"].values() if r["Type"] == "AWS::Serverless::Function"]
    assert all("Events" not in function["Properties"] for function in functions)


def routes_and_authorizer_invoke_the_aliases(deployment: Deployment) -> None:
    uris = json.dumps(deployment.body)
    assert uris.count("functions/${GetUserFunctionAliaslive}/invocations") == len(PUBLIC | SECURED)
    assert uris.count("functions/${AuthorizerFunctionAliaslive}/invocations") == 1
    permissions = {
        name: resource["Properties"]
        for name, resource in deployment.resources.items()
        if resource["Type"] == "AWS::Lambda::Permission"
    }
    assert permissions["GetUserPermission"]["FunctionName"] == {"Ref": "GetUserFunctionAliaslive"}
    assert permissions["AuthorizerPermission"]["FunctionName"] == {"Ref": "AuthorizerFunctionAliaslive"}
    for permission in permissions.values():
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert "${Api}/" in permission["SourceArn"]["Fn::Sub"]


def every_request_reaches_the_authorizer(deployment: Deployment) -> None:
    authorizer = deployment.body["components"]["securitySchemes"]["ApiKey"]["x-amazon-apigateway-authorizer"]
    # A cache needs an identity source, and API Gateway refuses a request without it by itself.
    assert authorizer["authorizerResultTtlInSeconds"] == 0
    assert "identitySource" not in authorizer


def the_definition_has_no_conditions(deployment: Deployment) -> None:
    # SAM's local API does not resolve conditions, and ignores an authorizer that has one.
    assert "Fn::If" not in json.dumps(deployment.definition)


def each_function_has_only_the_permissions_that_it_needs(deployment: Deployment) -> None:
    resources = deployment.resources
    for function, table in TABLES.items():
        name = function.removesuffix("Function")
        assert resources[function]["Properties"]["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
        role = resources[f"{name}Role"]["Properties"]
        assert "ManagedPolicyArns" not in role
        [policy] = role["Policies"]
        decrypt = {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": {"Ref": "TableKeyArn"},
            "Condition": {
                "StringEquals": {"kms:ViaService": {"Fn::Sub": "dynamodb.${AWS::Region}.${AWS::URLSuffix}"}}
            },
        }
        assert policy["PolicyDocument"]["Statement"] == [
            {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": table},
            {"Fn::If": ["HasTableKey", decrypt, {"Ref": "AWS::NoValue"}]},
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": {"Fn::GetAtt": [f"{name}Logs", "Arn"]},
            },
            {"Effect": "Allow", "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"},
        ]
        assert resources[function]["Properties"]["LoggingConfig"]["LogGroup"] == {"Ref": f"{name}Logs"}
    roles = {name for name, resource in resources.items() if resource["Type"] == "AWS::IAM::Role"}
    assert roles == {"GetUserRole", "AuthorizerRole", "ApiGatewayRole", "CodeDeployServiceRole"}
    assert not [name for name, resource in resources.items() if resource["Type"] == "AWS::IAM::Policy"]


def exactly_the_variables_that_are_read_are_set(deployment: Deployment) -> None:
    for function, binary in FUNCTIONS.items():
        properties = deployment.resources[function]["Properties"]
        assert set(properties["Environment"]["Variables"]) == variables_read(binary), function


def every_gateway_response_has_the_envelope(deployment: Deployment) -> None:
    responses = deployment.body["x-amazon-apigateway-gateway-responses"]
    assert set(responses) == GATEWAY_RESPONSES
    codes = deployment.body["components"]["schemas"]["Error"]["properties"]["code"]["enum"]
    for name, response in responses.items():
        text = response["responseTemplates"]["application/json"]
        body = json.loads(re.sub(r"\$context\.[A-Za-z_.]+", "filled-in", text))
        assert set(body) == {"success", "error", "meta"} and body["success"] is False, name
        assert body["error"]["code"] in codes and body["error"]["message"], name
        assert body["meta"]["request_id"] in ("req_filled-in", "filled-in"), name
        headers = {key.removeprefix("gatewayresponse.header.") for key in response["responseParameters"]}
        status = response.get("statusCode", "400")
        assert {"Cache-Control", "X-Content-Type-Options"} <= headers, name
        assert ("WWW-Authenticate" in headers) == (status == "401"), name
        assert ("Retry-After" in headers) == (status in ("429", "503")), name
    statuses = {name: response.get("statusCode") for name, response in responses.items()}
    expected = {
        "ACCESS_DENIED": "401", "AUTHORIZER_FAILURE": "503", "INTEGRATION_FAILURE": "503",
        "INTEGRATION_TIMEOUT": "503", "THROTTLED": "429", "QUOTA_EXCEEDED": "429",
        "MISSING_AUTHENTICATION_TOKEN": "404", "DEFAULT_5XX": "500",
    }
    assert {name: statuses[name] for name in expected} == expected


def every_reference_has_a_target(deployment: Deployment) -> None:
    whole = translated(deployment.template, deployment.definition)
    names, conditions = set(), set()
    collect([whole["Resources"], whole["Outputs"], whole["Conditions"]], names, conditions)
    assert names <= set(whole["Resources"]) | set(whole["Parameters"])
    assert conditions == set(whole["Conditions"])
    # The translator replaces some parameters by their values, so look at the original template too.
    collect(deployment.template["Resources"], names, set())
    assert set(whole["Parameters"]) <= names, set(whole["Parameters"]) - names


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


def the_tables_keep_their_data(deployment: Deployment) -> None:
    tables = {
        name: resource
        for name, resource in deployment.resources.items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }
    assert set(tables) == {"UsersTable", "ApiKeysTable"}
    for table in tables.values():
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
        properties = table["Properties"]
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["DeletionProtectionEnabled"] is True
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    keys = tables["ApiKeysTable"]["Properties"]
    assert keys["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert [index["IndexName"] for index in keys["GlobalSecondaryIndexes"]] == ["by-account"]


def the_logs_are_kept_and_do_not_block_a_new_stack(deployment: Deployment) -> None:
    groups = [r for r in deployment.resources.values() if r["Type"] == "AWS::Logs::LogGroup"]
    assert len(groups) == 3
    for group in groups:
        assert group["DeletionPolicy"] == "RetainExceptOnCreate"
        assert group["UpdateReplacePolicy"] == "Retain"
        assert "LogGroupName" not in group["Properties"]


def a_new_version_gets_traffic_slowly_and_is_rolled_back_if_it_fails(deployment: Deployment) -> None:
    resources = deployment.resources
    for function in FUNCTIONS:
        group = resources[f"{function}DeploymentGroup"]["Properties"]
        assert group["AutoRollbackConfiguration"]["Enabled"] is True
        [watched] = [alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]]
        alarm = resources[watched]["Properties"]
        # At most two minutes, because the shortest canary takes five.
        assert alarm["EvaluationPeriods"] <= 2
        version = {"Fn::GetAtt": [resources[f"{function}Aliaslive"]["Properties"]["FunctionVersion"]["Fn::GetAtt"][0], "Version"]}
        metrics = [entry["MetricStat"] for entry in alarm["Metrics"] if "MetricStat" in entry]
        for metric in metrics:
            assert metric["Period"] == 60
            dimensions = {entry["Name"]: entry["Value"] for entry in metric["Metric"]["Dimensions"]}
            # Only this version: its failures would be too few among all of the traffic.
            assert version in dimensions.values(), dimensions
        # Lambda does not count a 5xx response as an error. A metric filter counts it in the log.
        names = {metric["Metric"]["MetricName"] for metric in metrics}
        failures = function.removesuffix("Function") + "Failures"
        assert names == {failures, "Errors"}
        [transformation] = resources[failures]["Properties"]["MetricTransformations"]
        assert transformation["MetricName"] == failures
        assert transformation["Dimensions"] == [{"Key": "Version", "Value": "$.version"}]


def methods_without_a_key_have_a_far_lower_limit(deployment: Deployment) -> None:
    [stage] = [r for r in deployment.resources.values() if r["Type"] == "AWS::ApiGateway::Stage"]
    limits = {
        (setting["ResourcePath"], setting["HttpMethod"]): (
            setting["ThrottlingRateLimit"], setting["ThrottlingBurstLimit"]
        )
        for setting in stage["Properties"]["MethodSettings"]
    }
    parameters = deployment.template["Parameters"]
    rate, burst = limits.pop(("/*", "*"))
    assert rate * 10 <= parameters["ThrottleRate"]["Default"]
    assert burst * 10 <= parameters["ThrottleBurst"]["Default"]
    users = ({"Ref": "ThrottleRate"}, {"Ref": "ThrottleBurst"})
    assert limits == {("/~1v1~1users~1{id}", method.upper()): users for _, method in SECURED}


def the_stage_waits_for_the_role_that_writes_its_log(deployment: Deployment) -> None:
    resources = deployment.resources
    assert resources["Api"]["DependsOn"] == "ApiGatewayAccount"
    role = resources["ApiGatewayAccount"]["Properties"]["CloudWatchRoleArn"]
    assert role == {"Fn::GetAtt": ["ApiGatewayRole", "Arn"]}
    # Other APIs of the account may use the role by now.
    for name in ("ApiGatewayAccount", "ApiGatewayRole"):
        assert resources[name]["DeletionPolicy"] == resources[name]["UpdateReplacePolicy"] == "Retain"


def the_domain_has_ipv4_and_ipv6(deployment: Deployment) -> None:
    resources = deployment.resources
    assert resources["Domain"]["Properties"]["EndpointConfiguration"]["IpAddressType"] == "dualstack"
    records = resources["DomainRecord"]["Properties"]["RecordSets"]
    assert [record["Type"] for record in records] == ["A", "AAAA"]
    assert records[0]["AliasTarget"] == records[1]["AliasTarget"]


CHECKS = [
    every_route_has_the_authorizer_or_is_public,
    routes_and_authorizer_invoke_the_aliases,
    every_request_reaches_the_authorizer,
    the_definition_has_no_conditions,
    each_function_has_only_the_permissions_that_it_needs,
    exactly_the_variables_that_are_read_are_set,
    every_gateway_response_has_the_envelope,
    every_reference_has_a_target,
    the_tables_keep_their_data,
    the_logs_are_kept_and_do_not_block_a_new_stack,
    a_new_version_gets_traffic_slowly_and_is_rolled_back_if_it_fails,
    methods_without_a_key_have_a_far_lower_limit,
    the_stage_waits_for_the_role_that_writes_its_log,
    the_domain_has_ipv4_and_ipv6,
]
