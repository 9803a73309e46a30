"""What must hold of the deployment. Each check raises where it does not."""

import json
import re

from translation import definition as read_definition
from translation import template as read_template
from translation import translated, variables_read

# API Gateway's guide, "Gateway response types".
GATEWAY_RESPONSES = {
    "ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR",
    "AUTHORIZER_FAILURE", "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX",
    "DEFAULT_5XX", "EXPIRED_TOKEN", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT",
    "INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED",
    "REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "THROTTLED", "UNAUTHORIZED",
    "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED",
}
ANY = "x-amazon-apigateway-any-method"
PUBLIC = {("/v1/users/{id}", ANY), ("/", ANY), ("/{proxy+}", ANY)}
SECURED = {("/v1/users/{id}", "get"), ("/v1/users/{id}", "head")}
FUNCTIONS = {"GetUserFunction": "get-user", "AuthorizerFunction": "authorizer"}
TABLES = {
    "GetUserFunction": {
        "Fn::Sub": [
            "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Table}",
            {"Table": {"Fn::If": ["MakesUsersTable", {"Ref": "UsersTable"}, {"Ref": "ExistingUsersTable"}]}},
        ]
    },
    "AuthorizerFunction": {"Fn::GetAtt": ["ApiKeysTable", "Arn"]},
}


class Deployment:
    """The template and the definition, as written and as translated."""

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
    # Nothing weakens it from outside.
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
    assert {"Ref": "AuthorizerFunctionAliaslive"} in permissions["AuthorizerPermission"]["FunctionName"]["Fn::If"]
    for permission in permissions.values():
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert "${Api}/" in permission["SourceArn"]["Fn::Sub"]


def the_cache_brings_its_identity_source(deployment: Deployment) -> None:
    authorizer = deployment.body["components"]["securitySchemes"]["ApiKey"]["x-amazon-apigateway-authorizer"]
    assert authorizer["authorizerResultTtlInSeconds"] == {"Fn::If": ["CachesAuthorizer", 300, 0]}
    source = "method.request.header.Authorization"
    assert authorizer["identitySource"] == {"Fn::If": ["CachesAuthorizer", source, {"Ref": "AWS::NoValue"}]}


def each_function_may_do_one_thing(deployment: Deployment) -> None:
    resources = deployment.resources
    for function, table in TABLES.items():
        role = resources[f"{function}Role"]["Properties"]
        [policy] = role["Policies"]
        statement = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": table}
        assert policy["PolicyDocument"]["Statement"] == [statement], function
        managed = {arn.rsplit("/")[-1] for arn in role["ManagedPolicyArns"]}
        assert managed == {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}, managed
    roles = {name for name, resource in resources.items() if resource["Type"] == "AWS::IAM::Role"}
    assert roles == {f"{function}Role" for function in TABLES} | {"CodeDeployServiceRole"}
    assert not [name for name, resource in resources.items() if resource["Type"] == "AWS::IAM::Policy"]


def each_variable_that_is_read_is_set_and_no_other(deployment: Deployment) -> None:
    for function, binary in FUNCTIONS.items():
        properties = deployment.resources[function]["Properties"]
        assert set(properties["Environment"]["Variables"]) == variables_read(binary), function


def every_gateway_response_is_an_envelope(deployment: Deployment) -> None:
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


def whatever_is_referred_to_exists(deployment: Deployment) -> None:
    whole = translated(deployment.template, deployment.definition)
    names, conditions = set(), set()
    collect([whole["Resources"], whole["Outputs"], whole["Conditions"]], names, conditions)
    assert names <= set(whole["Resources"]) | set(whole["Parameters"])
    assert conditions == set(whole["Conditions"])
    # The translator puts some parameters' values in place.
    collect(deployment.template["Resources"], names, set())
    assert set(whole["Parameters"]) <= names, set(whole["Parameters"]) - names


def collect(value, names: set, conditions: set) -> None:
    """The logical IDs and the conditions that a part of a template refers to."""
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


def a_new_version_moves_in_slowly_and_an_alarm_rolls_it_back(deployment: Deployment) -> None:
    resources = deployment.resources
    alarms = {name for name, resource in resources.items() if resource["Type"] == "AWS::CloudWatch::Alarm"}
    for function in FUNCTIONS:
        group = resources[f"{function}DeploymentGroup"]["Properties"]
        watched = {alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]}
        assert watched and watched <= alarms, function
        assert group["AutoRollbackConfiguration"]["Enabled"] is True


CHECKS = [
    every_route_has_the_authorizer_or_is_public,
    routes_and_authorizer_invoke_the_aliases,
    the_cache_brings_its_identity_source,
    each_function_may_do_one_thing,
    each_variable_that_is_read_is_set_and_no_other,
    every_gateway_response_is_an_envelope,
    whatever_is_referred_to_exists,
    the_tables_keep_their_data,
    a_new_version_moves_in_slowly_and_an_alarm_rolls_it_back,
]
