"""What the roles may do, and who may assume them."""

from checks.registry import notices
from deployment import REMOVED, Deployment

TABLES = {
    "GetUser": {
        "Fn::Sub": [
            "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Table}",
            {"Table": {"Fn::If": ["CreatesUsersTable", {"Ref": "UsersTable"}, {"Ref": "ExistingUsersTable"}]}},
        ]
    },
    "Authorizer": {"Fn::GetAtt": ["ApiKeysTable", "Arn"]},
}
# The roles that AWS's services assume.
SERVICES = {
    "GetUserRole": "lambda.amazonaws.com",
    "AuthorizerRole": "lambda.amazonaws.com",
    "ApiGatewayRole": "apigateway.amazonaws.com",
    # SAM creates this role.
    "CodeDeployServiceRole": "codedeploy.amazonaws.com",
}

GET_USER = "GetUserRole > Policies > 0 > PolicyDocument > Statement"
AUTHORIZER = "AuthorizerRole > Policies > 0 > PolicyDocument > Statement"
TRUST = "AssumeRolePolicyDocument > Statement > 0"


@notices(
    (f"{GET_USER} > 0 > Action", "dynamodb:*"),
    (f"{GET_USER} > 0 > Action", ["dynamodb:GetItem", "dynamodb:Query"]),
    (f"{GET_USER} > 0 > Resource", {"Fn::GetAtt": ["ApiKeysTable", "Arn"]}),
    (f"{AUTHORIZER} > 0 > Resource", "*"),
    (f"{AUTHORIZER} > 0 > Resource", {"Fn::Sub": "${ApiKeysTable.Arn}/index/*"}),
    (f"{AUTHORIZER} > 1", REMOVED),
    (f"{AUTHORIZER} > 1 > Fn::If > 1 > Condition", REMOVED),
    (f"{GET_USER} > 1 > Fn::If > 1 > Action", "kms:*"),
    (f"{GET_USER} > 2 > Resource", "*"),
    (f"{AUTHORIZER} > 2 > Action", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]),
    (f"{AUTHORIZER} > 3", REMOVED),
    (f"{GET_USER} > 4", {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}),
    ("AuthorizerRole > ManagedPolicyArns", ["arn:aws:iam::aws:policy/AdministratorAccess"]),
    ("GetUserFunction > Role > Fn::GetAtt", ["AuthorizerRole", "Arn"]),
    ("GetUserFunction > Role", REMOVED),
    ("Resources > MorePolicy", {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "more", "PolicyDocument": {}, "Roles": [{"Ref": "GetUserRole"}]},
    }),
)
def each_function_has_only_the_permissions_that_it_needs(deployment: Deployment) -> None:
    resources = deployment.resources
    for name, table in TABLES.items():
        assert resources[f"{name}Function"]["Properties"]["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
        role = resources[f"{name}Role"]["Properties"]
        assert set(role) == {"AssumeRolePolicyDocument", "Policies"}
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
    kinds = {r["Type"] for r in resources.values() if r["Type"].startswith("AWS::IAM::")}
    assert kinds == {"AWS::IAM::Role"}


@notices(
    (f"GetUserRole > {TRUST} > Principal", {"AWS": "*"}),
    (f"AuthorizerRole > {TRUST} > Principal > Service", "ec2.amazonaws.com"),
    (f"ApiGatewayRole > {TRUST} > Principal > Service", ["apigateway.amazonaws.com", "lambda.amazonaws.com"]),
    ("AuthorizerRole > AssumeRolePolicyDocument > Statement > 1", {
        "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"
    }),
    ("Resources > AnotherRole", {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Statement": [{"Principal": {"AWS": "*"}}]}},
    }),
)
def only_the_services_may_assume_the_roles(deployment: Deployment) -> None:
    roles = deployment.of("IAM::Role")
    assert set(roles) == set(SERVICES)
    for name, role in roles.items():
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Effect"] == "Allow", name
        assert statement["Action"] in ("sts:AssumeRole", ["sts:AssumeRole"]), name
        assert statement["Principal"] in ({"Service": SERVICES[name]}, {"Service": [SERVICES[name]]}), name


@notices(
    ("ApiGatewayRole > ManagedPolicyArns > 0 > Fn::Sub", "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"),
    ("ApiGatewayRole > ManagedPolicyArns > 1", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ("ApiGatewayRole > DeletionPolicy", "RetainExceptOnCreate"),
    ("ApiGatewayAccount > DeletionPolicy", REMOVED),
    ("ApiGatewayAccount > CloudWatchRoleArn > Fn::GetAtt", ["GetUserRole", "Arn"]),
    ("ApiGatewayAccount > Condition", REMOVED),
    ("Api > DependsOn", REMOVED),
)
def the_stage_waits_for_the_role_that_writes_its_log(deployment: Deployment) -> None:
    resources = deployment.resources
    assert resources["Api"]["DependsOn"] == "ApiGatewayAccount"
    account = resources["ApiGatewayAccount"]["Properties"]
    assert account == {"CloudWatchRoleArn": {"Fn::GetAtt": ["ApiGatewayRole", "Arn"]}}
    policy = "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    assert resources["ApiGatewayRole"]["Properties"]["ManagedPolicyArns"] == [{"Fn::Sub": policy}]
    # Other APIs of the account may use the role by now.
    for name in ("ApiGatewayAccount", "ApiGatewayRole"):
        assert resources[name]["DeletionPolicy"] == resources[name]["UpdateReplacePolicy"] == "Retain"
        assert name in deployment.with_values()
        assert name not in deployment.with_values(ApiGatewayLogRole="keep")
