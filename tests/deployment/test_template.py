"""The template, translated as the service would, and what becomes of one that is wrong."""

import pytest

import checks
from checks import CHECKS, Deployment


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_holds_of_the_template(check):
    check(Deployment())


def without_the_authorizer(deployment):
    deployment.definition["paths"]["/v1/users/{id}"]["get"]["security"] = []


def with_a_route_more(deployment):
    deployment.definition["paths"]["/v1/users"] = {"get": {"security": []}}


def statements(deployment, role):
    return deployment.template["Resources"][role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]


def with_a_wider_action(deployment):
    statements(deployment, "GetUserRole")[0]["Action"] = "dynamodb:*"


def with_another_table(deployment):
    statements(deployment, "AuthorizerRole")[0]["Resource"] = "*"


def without_a_gateway_response(deployment):
    del deployment.definition["x-amazon-apigateway-gateway-responses"]["THROTTLED"]


def with_a_body_that_is_no_envelope(deployment):
    responses = deployment.definition["x-amazon-apigateway-gateway-responses"]
    responses["WAF_FILTERED"]["responseTemplates"]["application/json"] = '{"message":"no"}'


def with_a_variable_by_another_name(deployment):
    variables = deployment.template["Resources"]["GetUserFunction"]["Properties"]["Environment"]["Variables"]
    variables["USER_TABLE"] = variables.pop("USERS_TABLE")


def with_a_variable_that_nobody_reads(deployment):
    variables = deployment.template["Resources"]["AuthorizerFunction"]["Properties"]["Environment"]["Variables"]
    variables["USERS_TABLE"] = "users"


def with_an_alarm_on_what_is_not_there(deployment):
    alarm = deployment.template["Resources"]["GetUserThrottlesAlarm"]["Properties"]
    alarm["Dimensions"][0]["Value"] = {"Ref": "GetUsersFunction"}


def with_logs_of_any_group(deployment):
    statements(deployment, "GetUserRole")[2]["Resource"] = "*"


def without_the_tables_key(deployment):
    del statements(deployment, "AuthorizerRole")[1]


def with_a_key_for_everything(deployment):
    del statements(deployment, "AuthorizerRole")[1]["Fn::If"][1]["Condition"]


def with_a_cache(deployment):
    scheme = deployment.definition["components"]["securitySchemes"]["ApiKey"]
    scheme["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"] = 300


def with_a_condition_in_the_definition(deployment):
    get = deployment.definition["paths"]["/v1/users/{id}"]["get"]
    get["security"] = {"Fn::If": ["HasDomain", get["security"], []]}


def with_a_table_that_goes_with_the_stack(deployment):
    deployment.template["Resources"]["UsersTable"]["DeletionPolicy"] = "Delete"


def without_the_alarms_of_a_deployment(deployment):
    del deployment.template["Resources"]["GetUserFunction"]["Properties"]["DeploymentPreference"]["Alarms"]


def with_the_errors_of_all_versions(deployment):
    metrics = deployment.template["Resources"]["GetUserVersionAlarm"]["Properties"]["Metrics"]
    metrics[2]["MetricStat"]["Metric"]["Dimensions"] = [{"Name": "FunctionName", "Value": {"Ref": "GetUserFunction"}}]


def with_lambdas_errors_only(deployment):
    del deployment.template["Resources"]["AuthorizerVersionAlarm"]["Properties"]["Metrics"][1]


def with_an_alarm_slower_than_the_canary(deployment):
    deployment.template["Resources"]["GetUserVersionAlarm"]["Properties"]["EvaluationPeriods"] = 5


def with_one_limit_for_all_methods(deployment):
    settings = deployment.template["Resources"]["Api"]["Properties"]["MethodSettings"]
    settings[0]["ThrottlingRateLimit"] = 100


def with_logs_that_go_with_the_stack(deployment):
    deployment.template["Resources"]["GetUserLogs"]["DeletionPolicy"] = "Delete"


def with_a_name_that_the_next_stack_would_meet(deployment):
    deployment.template["Resources"]["ApiLogs"]["Properties"]["LogGroupName"] = "/aws/apigateway/users"


def without_waiting_for_the_role(deployment):
    del deployment.template["Resources"]["Api"]["DependsOn"]


def with_a_role_that_a_failed_creation_takes_along(deployment):
    deployment.template["Resources"]["ApiGatewayRole"]["DeletionPolicy"] = "RetainExceptOnCreate"


def without_ipv6(deployment):
    del deployment.template["Resources"]["DomainRecord"]["Properties"]["RecordSets"][1]


def with_an_event_beside_the_definition(deployment):
    deployment.template["Resources"]["GetUserFunction"]["Properties"]["Events"] = {
        "Get": {"Type": "Api", "Properties": {"Path": "/v1/users/{id}", "Method": "get", "RestApiId": {"Ref": "Api"}}}
    }


@pytest.mark.parametrize(
    "spoil, check",
    [
        (without_the_authorizer, checks.every_route_has_the_authorizer_or_is_public),
        (with_a_route_more, checks.every_route_has_the_authorizer_or_is_public),
        (with_an_event_beside_the_definition, checks.every_route_has_the_authorizer_or_is_public),
        (with_a_wider_action, checks.each_function_may_do_what_it_needs_and_no_more),
        (with_another_table, checks.each_function_may_do_what_it_needs_and_no_more),
        (with_logs_of_any_group, checks.each_function_may_do_what_it_needs_and_no_more),
        (without_the_tables_key, checks.each_function_may_do_what_it_needs_and_no_more),
        (with_a_key_for_everything, checks.each_function_may_do_what_it_needs_and_no_more),
        (without_a_gateway_response, checks.every_gateway_response_is_an_envelope),
        (with_a_body_that_is_no_envelope, checks.every_gateway_response_is_an_envelope),
        (with_a_variable_by_another_name, checks.each_variable_that_is_read_is_set_and_no_other),
        (with_a_variable_that_nobody_reads, checks.each_variable_that_is_read_is_set_and_no_other),
        (with_an_alarm_on_what_is_not_there, checks.whatever_is_referred_to_exists),
        (with_a_cache, checks.every_request_reaches_the_authorizer),
        (with_a_condition_in_the_definition, checks.the_definition_has_no_conditions),
        (with_a_table_that_goes_with_the_stack, checks.the_tables_keep_their_data),
        (with_logs_that_go_with_the_stack, checks.the_logs_outlive_the_stack_and_do_not_block_the_next),
        (with_a_name_that_the_next_stack_would_meet, checks.the_logs_outlive_the_stack_and_do_not_block_the_next),
        (without_the_alarms_of_a_deployment, checks.a_new_version_moves_in_slowly_and_its_failures_roll_it_back),
        (with_the_errors_of_all_versions, checks.a_new_version_moves_in_slowly_and_its_failures_roll_it_back),
        (with_lambdas_errors_only, checks.a_new_version_moves_in_slowly_and_its_failures_roll_it_back),
        (with_an_alarm_slower_than_the_canary, checks.a_new_version_moves_in_slowly_and_its_failures_roll_it_back),
        (with_one_limit_for_all_methods, checks.what_needs_no_key_has_a_far_lower_limit),
        (without_waiting_for_the_role, checks.the_stage_waits_for_the_role_that_writes_its_log),
        (with_a_role_that_a_failed_creation_takes_along, checks.the_stage_waits_for_the_role_that_writes_its_log),
        (without_ipv6, checks.the_domain_has_both_kinds_of_addresses),
    ],
    ids=lambda value: value.__name__,
)
def test_a_wrong_template_is_caught(spoil, check):
    deployment = Deployment()
    spoil(deployment)
    # Of what a check reads, one thing is wrong or not there.
    with pytest.raises((AssertionError, KeyError, ValueError)):
        check(deployment)
