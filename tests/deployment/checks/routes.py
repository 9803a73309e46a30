"""Who reaches which function, and with which permission."""

import json

from checks.registry import notices
from deployment import REMOVED, Deployment, replaced

ANY = "x-amazon-apigateway-any-method"
# All methods that API Gateway supports, except GET and HEAD.
OTHER_METHODS = {"post", "put", "patch", "delete", "options"}
PUBLIC = {("/v1/users/{id}", method) for method in OTHER_METHODS} | {("/", ANY), ("/{proxy+}", ANY)}
SECURED = {("/v1/users/{id}", "get"), ("/v1/users/{id}", "head")}

USER = "paths > /v1/users/{id}"
SCHEME = "components > securitySchemes > ApiKey"
AUTHORIZER = f"{SCHEME} > x-amazon-apigateway-authorizer"
INVOKE = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${%s.Alias}/invocations"
EXECUTE = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/"


def routes(deployment: Deployment) -> dict:
    return {
        (path, method): operation
        for path, item in deployment.body["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


@notices(
    (f"{USER} > get > security", []),
    (f"{USER} > get > security", REMOVED),
    (f"{USER} > head > security", []),
    (f"{USER} > post > security", [{"ApiKey": []}]),
    ("paths > /v1/users", {"get": {"security": []}}),
    ("paths > /{proxy+}", REMOVED),
    ("paths > / > x-amazon-apigateway-any-method", REMOVED),
    (f"{USER} > options", REMOVED),
    ("security", [{}]),
    ("GetUserFunction > Events", {
        "Get": {"Type": "Api", "Properties": {"Path": "/v1/users/{id}", "Method": "get", "RestApiId": {"Ref": "Api"}}}
    }),
)
def every_route_has_the_authorizer_or_is_public(deployment: Deployment) -> None:
    operations = routes(deployment)
    assert set(operations) == PUBLIC | SECURED
    for route, operation in operations.items():
        security = operation.get("security")
        assert security == ([] if route in PUBLIC else [{"ApiKey": []}]), route
    # Neither a default of the definition nor an event of a function adds access without a key.
    assert "security" not in deployment.body
    functions = [r for r in deployment.template["Resources"].values() if r["Type"] == "AWS::Serverless::Function"]
    assert all("Events" not in function["Properties"] for function in functions)


@notices(
    (f"{AUTHORIZER} > authorizerResultTtlInSeconds", 300),
    (f"{AUTHORIZER} > identitySource", "method.request.header.Authorization"),
    (f"{AUTHORIZER} > type", "token"),
    (f"{SCHEME} > x-amazon-apigateway-authtype", REMOVED),
    (f"{SCHEME} > type", "http"),
    (f"{SCHEME} > in", "query"),
    (f"{SCHEME} > name", "X-Api-Key"),
)
def every_request_reaches_the_authorizer(deployment: Deployment) -> None:
    scheme = deployment.body["components"]["securitySchemes"]["ApiKey"]
    # With a Lambda authorizer, API Gateway supports only this type.
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "Authorization")
    assert scheme["x-amazon-apigateway-authtype"] == "custom"
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    # The event of this type has all headers.
    assert authorizer["type"] == "request"
    # A cache needs an identity source, and API Gateway refuses a request without it by itself.
    assert authorizer["authorizerResultTtlInSeconds"] == 0
    assert "identitySource" not in authorizer


@notices(
    (f"{USER} > get > x-amazon-apigateway-integration > httpMethod", "GET"),
    (f"{USER} > head > x-amazon-apigateway-integration > type", "aws"),
    (f"{USER} > head > x-amazon-apigateway-integration > timeoutInMillis", 1000),
    (f"{USER} > get > x-amazon-apigateway-integration > uri > Fn::Sub", INVOKE % "AuthorizerFunction"),
    (f"{USER} > delete > x-amazon-apigateway-integration > uri > Fn::Sub", replaced(".Alias", ".Arn")),
    (f"{AUTHORIZER} > authorizerUri > Fn::Sub", INVOKE % "GetUserFunction"),
)
def routes_and_authorizer_invoke_the_aliases(deployment: Deployment) -> None:
    # Lambda's API accepts only POST, whatever the client's method is.
    alias = {"Fn::Sub": INVOKE.replace(".Alias", "Aliaslive") % "GetUserFunction"}
    expected = {"type": "aws_proxy", "httpMethod": "POST", "passthroughBehavior": "when_no_match", "uri": alias}
    for route, operation in routes(deployment).items():
        assert operation["x-amazon-apigateway-integration"] == expected, route
    scheme = deployment.body["components"]["securitySchemes"]["ApiKey"]
    alias = {"Fn::Sub": INVOKE.replace(".Alias", "Aliaslive") % "AuthorizerFunction"}
    assert scheme["x-amazon-apigateway-authorizer"]["authorizerUri"] == alias


@notices(
    ("GetUserPermission > SourceArn > Fn::Sub", EXECUTE + "*"),
    ("GetUserPermission > SourceArn", REMOVED),
    ("AuthorizerPermission > SourceArn > Fn::Sub", EXECUTE.replace("${Api}", "*") + "*"),
    ("AuthorizerPermission > SourceArn > Fn::Sub", EXECUTE + "live/*"),
    ("GetUserPermission > Principal", "*"),
    ("AuthorizerPermission > Action", "lambda:*"),
    ("GetUserPermission > FunctionName", {"Ref": "GetUserFunction"}),
    ("Api > StageName", "v1"),
    ("Resources > AnotherPermission", {
        "Type": "AWS::Lambda::Permission",
        "Properties": {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "GetUserFunction"}, "Principal": "*"},
    }),
    ("GetUserFunction > FunctionUrlConfig", {"AuthType": "NONE"}),
)
def only_this_api_may_invoke_the_functions(deployment: Deployment) -> None:
    [stage] = deployment.of("ApiGateway::Stage").values()
    # From API Gateway's guide: the ARN of a method, and the ARN of an authorizer.
    sources = {"GetUser": f"{stage['StageName']}/*", "Authorizer": "authorizers/*"}
    assert deployment.of("Lambda::Permission") == {
        f"{name}Permission": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": f"{name}FunctionAliaslive"},
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": {"Fn::Sub": EXECUTE + source},
        }
        for name, source in sources.items()
    }
    assert stage["StageName"] == "live"
    assert not deployment.of("Lambda::Url")


@notices(
    ("Api > DefinitionBody > Fn::Transform > Parameters > Location", "other.yaml"),
    ("x-amazon-apigateway-policy", {"Version": "2012-10-17", "Statement": []}),
    ("x-amazon-apigateway-binary-media-types", ["*/*"]),
    ("Api > BinaryMediaTypes", ["*~1*"]),
    ("Api > MinimumCompressionSize", 0),
    ("Api > Cors", "'*'"),
    ("x-amazon-apigateway-request-validators", {"all": {"validateRequestParameters": True}}),
    ("x-amazon-apigateway-api-key-source", "HEADER"),
)
def the_definition_has_no_other_settings(deployment: Deployment) -> None:
    written = deployment.template["Resources"]["Api"]["Properties"]["DefinitionBody"]
    assert written == {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "openapi.yaml"}}}
    # A resource policy would make ACCESS_DENIED ambiguous, and binary types would encode every body.
    settings = {key for key in deployment.body if key.startswith("x-")}
    assert settings == {"x-amazon-apigateway-gateway-responses"}
    assert set(deployment.of("ApiGateway::RestApi")["Api"]) == {
        "Body", "EndpointAccessMode", "EndpointConfiguration", "Name", "Parameters", "SecurityPolicy"
    }
    assert set(routes(deployment)) == PUBLIC | SECURED


@notices((f"{USER} > get > security", {"Fn::If": ["HasDomain", [{"ApiKey": []}], []]}))
def the_definition_has_no_conditions(deployment: Deployment) -> None:
    # SAM's local API does not resolve conditions, and ignores an authorizer that has one.
    assert "Fn::If" not in json.dumps(deployment.definition)
