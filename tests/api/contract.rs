//! Every response, as `openapi.yaml` describes it.

use std::{collections::BTreeSet, sync::LazyLock};

use serde_json::{Value, json};

use crate::client::Response;

pub(crate) const OPENAPI: &str = include_str!("../../openapi.yaml");

static DEFINITION: LazyLock<Value> = LazyLock::new(|| {
    // `nullable` is OpenAPI's own; JSON Schema has a second type.
    let with_types = OPENAPI.replace("string, nullable: true", "[string, 'null']").replace(
        "string, format: date-time, nullable: true",
        "[string, 'null'], format: date-time",
    );
    serde_yaml_ng::from_str(&with_types).unwrap()
});

/// Panics if a response to any request is not as the definition says.
#[track_caller]
pub(crate) fn check(response: &Response, is_head: bool) {
    let status = response.status;
    let is_success = matches!(status, 200 | 304);
    // A 304 has no body to describe (RFC 9110, section 15.4.5).
    let content_type = (status != 304).then_some("application/json");
    assert_eq!(response.header("content-type"), content_type);

    // Only the gateway's own responses lack an ID, and those have no timestamp either.
    let own_id = response.header("x-request-id");
    let may_lack_id = !is_head
        && matches!(status, 413 | 429 | 500 | 503)
        && response.json()["meta"]["timestamp"].is_null();
    assert_eq!(own_id.is_none(), may_lack_id);
    let gateway_id = response.header("x-amz-apigw-id").map(|id| format!("req_{id}"));
    let id = gateway_id.as_deref().or(own_id).unwrap();
    assert_eq!(own_id.unwrap_or(id), id);

    let documented: Vec<_> = responses().filter(|(other, _)| *other == status).collect();
    for name in responses().flat_map(|(_, it)| headers(it)) {
        let is_sent = response.header(&name.to_lowercase()).is_some();
        let is_documented = documented.iter().any(|(_, it)| headers(it).any(|it| it == name));
        assert!(is_sent == is_documented || name == "X-Request-Id" && may_lack_id, "{name}");
    }
    if is_head || status == 304 {
        assert_eq!(response.body, "");
        return;
    }
    let body = response.json();
    assert_fits(if is_success { "UserEnvelope" } else { "ErrorEnvelope" }, &body);
    assert_eq!(body["meta"]["request_id"], id);
    assert_eq!(body["meta"]["timestamp"].is_string(), own_id.is_some());
    let is_example = documented.iter().any(|(_, it)| example(it)["error"] == body["error"]);
    assert!(
        is_example || gateway_responses().any(|it| it == (Some(status), body["error"].clone()))
    );
}

/// The responses of all operations, each with its status.
fn responses() -> impl Iterator<Item = (u16, &'static Value)> {
    let paths = DEFINITION["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    // A path also has parameters.
    let responses = operations.filter_map(|operation| operation["responses"].as_object()).flatten();
    responses.map(|(status, response)| {
        let reference = response["$ref"].as_str().unwrap();
        (status.parse().unwrap(), DEFINITION.pointer(&reference[1..]).unwrap())
    })
}

fn headers(response: &Value) -> impl Iterator<Item = &String> {
    response["headers"].as_object().unwrap().keys()
}

/// The body that the definition shows for a response.
fn example(response: &Value) -> &Value {
    &response["content"]["application/json"]["example"]
}

/// The gateway responses: status, which the default for new types does not set, and error.
fn gateway_responses() -> impl Iterator<Item = (Option<u16>, Value)> {
    let responses = DEFINITION["x-amazon-apigateway-gateway-responses"].as_object().unwrap();
    responses.values().map(|response| {
        let status = response["statusCode"].as_str().map(|status| status.parse().unwrap());
        let template = response["responseTemplates"]["application/json"].as_str().unwrap();
        let mut body: Value = serde_json::from_str(template).unwrap();
        assert_eq!(body["success"], false);
        (status, body["error"].take())
    })
}

#[track_caller]
fn assert_fits(schema: &str, body: &Value) {
    let root = json!({
        "$ref": format!("#/components/schemas/{schema}"),
        "components": { "schemas": DEFINITION["components"]["schemas"] },
    });
    let validator = jsonschema::draft4::options().should_validate_formats(true).build(&root);
    let errors: Vec<_> =
        validator.unwrap().iter_errors(body).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{body} does not fit {schema}: {errors:?}");
}

#[test]
fn each_error_of_the_gateway_and_each_code_is_documented() {
    // What the gateway says by itself is an example, or a description has its message.
    for (status, error) in gateway_responses() {
        let message = format!("`{}`", error["message"].as_str().unwrap());
        let is_documented = responses().any(|(other, it)| {
            let is_example = status == Some(other) && example(it)["error"] == error;
            is_example || it["description"].as_str().unwrap().contains(&message)
        });
        assert!(is_documented, "{status:?} {error}");
    }
    let codes = responses().filter_map(|(_, it)| example(it)["error"]["code"].as_str());
    let listed = &DEFINITION["components"]["schemas"]["ErrorDetail"]["properties"]["code"]["enum"];
    let listed = listed.as_array().unwrap().iter().map(|it| it.as_str().unwrap());
    assert_eq!(listed.collect::<BTreeSet<_>>(), codes.collect::<BTreeSet<_>>());
}
