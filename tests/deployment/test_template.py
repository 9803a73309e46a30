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


def with_a_wider_action(deployment):
    deployment.template["Resources"]["GetUserFunction"]["Properties"]["Policies"][0]["Statement"][0][
        "Action"
    ] = "dynamodb:*"


def with_another_table(deployment):
    deployment.template["Resources"]["AuthorizerFunction"]["Properties"]["Policies"][0]["Statement"][0][
        "Resource"
    ] = "*"


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
    alarm = deployment.template["Resources"]["GetUserErrorsAlarm"]["Properties"]
    alarm["Dimensions"][0]["Value"] = {"Ref": "GetUsersFunction"}


def with_a_cache_without_its_identity_source(deployment):
    scheme = deployment.definition["components"]["securitySchemes"]["ApiKey"]
    del scheme["x-amazon-apigateway-authorizer"]["identitySource"]


def with_a_table_that_goes_with_the_stack(deployment):
    deployment.template["Resources"]["UsersTable"]["DeletionPolicy"] = "Delete"


def without_the_alarms_of_a_deployment(deployment):
    del deployment.template["Resources"]["GetUserFunction"]["Properties"]["DeploymentPreference"]["Alarms"]


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
        (with_a_wider_action, checks.each_function_may_do_one_thing),
        (with_another_table, checks.each_function_may_do_one_thing),
        (without_a_gateway_response, checks.every_gateway_response_is_an_envelope),
        (with_a_body_that_is_no_envelope, checks.every_gateway_response_is_an_envelope),
        (with_a_variable_by_another_name, checks.each_variable_that_is_read_is_set_and_no_other),
        (with_a_variable_that_nobody_reads, checks.each_variable_that_is_read_is_set_and_no_other),
        (with_an_alarm_on_what_is_not_there, checks.whatever_is_referred_to_exists),
        (with_a_cache_without_its_identity_source, checks.the_cache_brings_its_identity_source),
        (with_a_table_that_goes_with_the_stack, checks.the_tables_keep_their_data),
        (without_the_alarms_of_a_deployment, checks.a_new_version_moves_in_slowly_and_an_alarm_rolls_it_back),
    ],
    ids=lambda value: value.__name__,
)
def test_a_wrong_template_is_caught(spoil, check):
    deployment = Deployment()
    spoil(deployment)
    # Of what a check reads, one thing is wrong or not there.
    with pytest.raises((AssertionError, KeyError)):
        check(deployment)
