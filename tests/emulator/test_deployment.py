"""What is live after a deployment, changes of parameters, a failed update and a deletion. Each test needs those before it."""

import json
import re
import subprocess

from boto3 import client, resource

from conftest import ENDPOINT, ROOT, Stack, respond

USER, KEY = "/v1/users/user_123456789", ("Authorization", "Bearer crd_test_ReadsItsAccount00000000000000000000000000000PFqj3")
# The emulator leaves `$context.authorizer.…` in a gateway response as it is written, and omits such a header.
CASES = "without a key, for a malformed key, for a key with a typo, for an unknown key, for another scheme, before 400, despite If-None-Match"
LOST = "X-Request-Id is None, not 'req_.+'"
FUNCTIONS = ("GetUserFunction", "AuthorizerFunction")
# The emulator cannot create this resource. It fails after all else is done.
FAILS = {
    "Type": "AWS::CloudWatch::Alarm",
    "DependsOn": ["GetUserFunctionAliaslive", "AuthorizerFunctionAliaslive", "ApiliveStage", "GetUserPermission"],
    "Properties": {"Metrics": [{"Id": "one", "Expression": "1"}]},
}


def smoke(stack, *options) -> None:
    command = [ROOT / "scripts/smoke", stack.url(), KEY[1].split()[1], *options]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60).stdout
    failures = dict(re.findall(r"^FAIL  ([^:]+): (.*)$", output, re.MULTILINE))
    assert failures == {f"401 {case}": LOST for case in CASES.split(", ")}, output


def logged(group: str, request_id: str) -> dict:
    """The one line of the log about a request."""
    events = client("logs").filter_log_events(logGroupName=group)["events"]
    [line] = [event["message"] for event in events if request_id in event["message"]]
    return json.loads(line)


def live(stack) -> dict:
    """What a request finds, and what the resources behind it are."""
    _, _, body = respond(stack.url(), "GET", USER, [KEY])
    # The emulator's events of an authorizer have no ID of the request.
    _, line = (logged(stack[f"{name}Logs"], body["meta"]["request_id"]) for name in ("Authorizer", "GetUser"))
    facts = {"name": body["data"]["name"], "logged version": int(line["version"])}
    for function in FUNCTIONS:
        version = client("lambda").get_function_configuration(FunctionName=stack[function], Qualifier="live")
        facts |= {f"{function} version": int(version["Version"]), f"{function} memory": version["MemorySize"]}
        facts[f"{function} variables"] = version["Environment"]["Variables"]
    stage = client("apigateway").get_stage(restApiId=stack["Api"], stageName="live")
    limits = [stage["methodSettings"][f"/v1/users/{{id}}/{method}"] for method in ("GET", "HEAD")]
    facts["limits"] = [(limit["throttlingRateLimit"], limit["throttlingBurstLimit"]) for limit in limits]
    names = {summary.logical_id for summary in resource("cloudformation").Stack(stack.name).resource_summaries.all()}
    facts["optional"] = names & {"UsersTable", "ApiGatewayRole", "ApiGatewayAccount", "SilenceAlarm", "Domain"}
    return facts | {"deployment": stage["deploymentId"]}


def changes(stack, *parameters) -> dict:
    """Deploys with these parameters, and returns the facts that are different afterwards."""
    before = live(stack)
    assert (run := stack.deploy(*parameters)).returncode == 0, run.stdout + run.stderr
    after = live(stack)
    assert before.pop("deployment") != after.pop("deployment"), "the API was not deployed again"
    return {fact: value for fact, value in after.items() if value != before[fact]}


def kept(stack_id: str) -> set[str]:
    """The resources that outlive the stack, without versions and aliases."""
    events = client("cloudformation").describe_stack_events(StackName=stack_id)["StackEvents"]
    skipped = {event["LogicalResourceId"] for event in events if event["ResourceStatus"] == "DELETE_SKIPPED"}
    return {logical_id for logical_id in skipped if not re.search("FunctionVersion|FunctionAlias", logical_id)}


def test_the_smoke_test_passes_apart_from_the_values_of_a_denial(stack):
    smoke(stack, "--forbidden", "user_300000003")


def test_a_first_deployment_that_fails_keeps_what_may_have_data(stack):
    failed = Stack("failed")
    failed.resources["Fails"] = FAILS
    assert failed.deploy().returncode != 0
    assert kept("failed") == {"UsersTable", "ApiKeysTable", "GetUserLogs", "ApiGatewayRole", "ApiGatewayAccount"}


def test_both_functions_get_a_new_version_for_another_memory_size(stack):
    versions = {"GetUserFunction version": 2, "AuthorizerFunction version": 2, "logged version": 2}
    assert changes(stack, "MemorySize=512") == versions | {f"{function} memory": 512 for function in FUNCTIONS}


def test_only_get_user_gets_a_new_version_for_an_existing_table_and_an_old_one_reads_its_table(stack):
    before = live(stack)
    [table] = [name for name in client("dynamodb").list_tables()["TableNames"] if name.startswith("failed-UsersTable")]
    user = client("dynamodb").get_item(TableName=stack["UsersTable"], Key={"id": {"S": "user_123456789"}})["Item"]
    client("dynamodb").put_item(TableName=table, Item=user | {"name": {"S": "Ada"}})
    changed = changes(stack, f"ExistingUsersTable={table}")
    assert changed.pop("GetUserFunction variables")["USERS_TABLE"] == table
    assert changed == {"GetUserFunction version": 3, "logged version": 3, "name": "Ada", "optional": {"ApiGatewayRole", "ApiGatewayAccount"}}
    alias = {"FunctionName": stack["GetUserFunction"], "Name": "live"}
    client("lambda").update_alias(**alias, FunctionVersion="2")
    assert live(stack)["name"] == before["name"]
    client("lambda").update_alias(**alias, FunctionVersion="3")


# The emulator stores concurrency, retention, keys and a web ACL without using them, so they are not changed.
def test_other_parameters_need_no_new_version(stack):
    topics = ("PageTopicArn=arn:aws:sns:us-east-1:123456789012:page", "TicketTopicArn=arn:aws:sns:us-east-1:123456789012:ticket")
    changed = changes(stack, "Environment=prod", *topics, "ThrottleRate=20", "ThrottleBurst=40", "ApiGatewayLogRole=keep")
    assert changed == {"optional": {"SilenceAlarm"}, "limits": [(20, 40), (20, 40)]}
    smoke(stack, "--throttle", "120", "20")
    certificate = client("acm").request_certificate(DomainName="api.example.com")["CertificateArn"]
    assert changes(stack, "DomainName=api.example.com", f"CertificateArn={certificate}") == {"optional": {"SilenceAlarm", "Domain"}}
    assert respond(ENDPOINT, "GET", USER, [KEY, ("Host", "api.example.com")])[0] == 200


def test_wrong_parameters_are_refused(stack):
    assert "prod needs PageTopicArn" in stack.deploy("Environment=prod", 'PageTopicArn=""').stderr
    assert "Parameter 'ExistingUsersTable' must match pattern" in stack.deploy("ExistingUsersTable=table/users").stderr


def test_a_failed_update_is_undone_and_can_be_deployed_again(stack):
    before = live(stack)
    stack.resources["Fails"] = FAILS
    assert stack.deploy("MemorySize=1024", "ThrottleRate=30").returncode != 0
    assert live(stack) == before
    del stack.resources["Fails"]
    # The versions of the failed update were 4 and 3.
    versions = {"GetUserFunction version": 5, "AuthorizerFunction version": 4, "logged version": 5}
    assert changes(stack, "MemorySize=1024") == versions | {f"{function} memory": 1024 for function in FUNCTIONS}


def test_a_deleted_stack_keeps_data_logs_and_versions(stack):
    stack_id = resource("cloudformation").Stack(stack.name).stack_id
    keys, function = stack["ApiKeysTable"], {"FunctionName": stack["GetUserFunction"]}
    versions = client("lambda").list_versions_by_function(**function)["Versions"]
    subprocess.run(["sam", "delete", "--stack-name", stack.name, "--no-prompts"], check=True, timeout=60)
    assert kept(stack_id) == {"ApiKeysTable", *FUNCTIONS, "ApiLogs", "GetUserLogs", "AuthorizerLogs"}
    assert client("dynamodb").scan(TableName=keys)["Items"]
    assert client("lambda").list_versions_by_function(**function)["Versions"] == versions
