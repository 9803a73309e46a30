"""The translated template passes every check, and a faulty template fails."""

import pytest

import checks
from checks import CHECKS, Deployment


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_template_passes(check):
    check(Deployment())


def without_the_authorizer(deployment):
    deployment.definition["paths"]["/v1/users/{id}"]["get"]["security"] = []


def with_an_extra_route(deployment):
    deployment.definition["paths"]["/v1/users"] = {"get": {"security": []}}


def statements(deployment, role):
    return deployment.template["Resources"][role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]


def with_a_wider_action(deployment):
    statements(deployment, "GetUserRole")[0]["Action"] = "dynamodb:*"


def with_another_table(deployment):
    statements(deployment, "AuthorizerRole")[0]["Resource"] = "*"


def without_a_gateway_response(deployment):
    del deployment.definition["x-amazon-apigateway-gateway-responses"]["THROTTLED"]


def with_a_body_without_the_envelope(deployment):
    responses = deployment.definition["x-amazon-apigateway-gateway-responses"]
    responses["WAF_FILTERED"]["responseTemplates"]["application/json"] = '{"message":"no"}'


def with_a_misnamed_variable(deployment):
    variables = deployment.template["Resources"]["GetUserFunction"]["Properties"]["Environment"]["Variables"]
    variables["USER_TABLE"] = variables.pop("USERS_TABLE")


def with_an_unused_variable(deployment):
    variables = deployment.template["Resources"]["AuthorizerFunction"]["Properties"]["Environment"]["Variables"]
    variables["USERS_TABLE"] = "users"


def with_an_alarm_on_a_missing_function(deployment):
    alarm = deployment.template["Resources"]["GetUserThrottlesAlarm"]["Properties"]
    alarm["Dimensions"][0]["Value"] = {"Ref": "GetUsersFunction"}


def with_access_to_every_log_group(deployment):
    statements(deployment, "GetUserRole")[2]["Resource"] = "*"


def without_permission_for_the_tables_key(deployment):
    del statements(deployment, "AuthorizerRole")[1]


def with_a_key_that_works_outside_dynamodb(deployment):
    del statements(deployment, "AuthorizerRole")[1]["Fn::If"][1]["Condition"]


def with_a_cache(deployment):
    scheme = deployment.definition["components"]["securitySchemes"]["ApiKey"]
    scheme["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"] = 300


def with_a_condition_in_the_definition(deployment):
    get = deployment.definition["paths"]["/v1/users/{id}"]["get"]
    get["security"] = {"Fn::If": ["HasDomain", get["security"], []]}


def with_a_table_that_is_deleted_with_the_stack(deployment):
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


def with_logs_that_are_deleted_with_the_stack(deployment):
    deployment.template["Resources"]["GetUserLogs"]["DeletionPolicy"] = "Delete"


def with_a_fixed_name_of_a_log_group(deployment):
    deployment.template["Resources"]["ApiLogs"]["Properties"]["LogGroupName"] = "/aws/apigateway/users"


def without_waiting_for_the_role(deployment):
    del deployment.template["Resources"]["Api"]["DependsOn"]


def with_a_role_that_a_failed_creation_deletes(deployment):
    deployment.template["Resources"]["ApiGatewayRole"]["DeletionPolicy"] = "RetainExceptOnCreate"


def without_ipv6(deployment):
    del deployment.template["Resources"]["DomainRecord"]["Properties"]["RecordSets"][1]


def with_an_event_and_a_definition(deployment):
    deployment.template["Resources"]["GetUserFunction"]["Properties"]["Events"] = {
        "Get": {"Type": "Api", "Properties": {"Path": "/v1/users/{id}", "Method": "get", "RestApiId": {"Ref": "Api"}}}
    }


@pytest.mark.parametrize(
    "spoil, check",
    [
        (without_the_authorizer, checks.every_route_has_the_authorizer_or_is_public),
        (with_an_extra_route, checks.every_route_has_the_authorizer_or_is_public),
        (with_an_event_and_a_definition, checks.every_route_has_the_authorizer_or_is_public),
        (with_a_wider_action, checks.each_function_has_only_the_permissions_that_it_needs),
        (with_another_table, checks.each_function_has_only_the_permissions_that_it_needs),
        (with_access_to_every_log_group, checks.each_function_has_only_the_permissions_that_it_needs),
        (without_permission_for_the_tables_key, checks.each_function_has_only_the_permissions_that_it_needs),
        (with_a_key_that_works_outside_dynamodb, checks.each_function_has_only_the_permissions_that_it_needs),
        (without_a_gateway_response, checks.every_gateway_response_has_the_envelope),
        (with_a_body_without_the_envelope, checks.every_gateway_response_has_the_envelope),
        (with_a_misnamed_variable, checks.exactly_the_variables_that_are_read_are_set),
        (with_an_unused_variable, checks.exactly_the_variables_that_are_read_are_set),
        (with_an_alarm_on_a_missing_function, checks.every_reference_has_a_target),
        (with_a_cache, checks.every_request_reaches_the_authorizer),
        (with_a_condition_in_the_definition, checks.the_definition_has_no_conditions),
        (with_a_table_that_is_deleted_with_the_stack, checks.the_tables_keep_their_data),
        (with_logs_that_are_deleted_with_the_stack, checks.the_logs_are_kept_and_do_not_block_a_new_stack),
        (with_a_fixed_name_of_a_log_group, checks.the_logs_are_kept_and_do_not_block_a_new_stack),
        (without_the_alarms_of_a_deployment, checks.a_new_version_gets_traffic_slowly_and_is_rolled_back_if_it_fails),
        (with_the_errors_of_all_versions, checks.a_new_version_gets_traffic_slowly_and_is_rolled_back_if_it_fails),
        (with_lambdas_errors_only, checks.a_new_version_gets_traffic_slowly_and_is_rolled_back_if_it_fails),
        (with_an_alarm_slower_than_the_canary, checks.a_new_version_gets_traffic_slowly_and_is_rolled_back_if_it_fails),
        (with_one_limit_for_all_methods, checks.methods_without_a_key_have_a_far_lower_limit),
        (without_waiting_for_the_role, checks.the_stage_waits_for_the_role_that_writes_its_log),
        (with_a_role_that_a_failed_creation_deletes, checks.the_stage_waits_for_the_role_that_writes_its_log),
        (without_ipv6, checks.the_domain_has_ipv4_and_ipv6),
    ],
    ids=lambda value: value.__name__,
)
def test_a_faulty_template_fails(spoil, check):
    deployment = Deployment()
    spoil(deployment)
    # A value that the check reads is wrong or missing.
    with pytest.raises((AssertionError, KeyError, ValueError)):
        check(deployment)
