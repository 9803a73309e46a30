//! What every response must have: the envelope, the headers, and the schemas of `openapi.yaml` and
//! of the contract for clients.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::client::Response;

static DEFINITION: LazyLock<Value> =
    LazyLock::new(|| serde_yaml_ng::from_str(include_str!("../../openapi.yaml")).unwrap());

/// The contract for clients.
static PUBLISHED: LazyLock<Value> = LazyLock::new(|| {
    serde_yaml_ng::from_str(include_str!("../../contract/credira-users.openapi.yaml")).unwrap()
});

/// The example of the API page, as it stands there.
pub(crate) const PAGE: &str = include_str!("page.json");

/// Panics if a response to any request is not as the contract says.
#[track_caller]
pub(crate) fn check(response: &Response, is_head: bool) {
    // A 304 has no body to describe (RFC 9110, section 15.4.5).
    let content_type = (response.status != 304).then_some("application/json");
    assert_eq!(response.header("content-type"), content_type);
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    let caching =
        if matches!(response.status, 200 | 304) { "private, no-cache" } else { "no-store" };
    assert_eq!(response.header("cache-control"), Some(caching));
    let needs = |status, name| {
        assert_eq!(response.header(name).is_some(), status, "{name} on {}", response.status);
    };
    needs(matches!(response.status, 200 | 304), "etag");
    needs(response.status == 401, "www-authenticate");
    needs(response.status == 405, "allow");
    needs(matches!(response.status, 429 | 503), "retry-after");

    let gateway_id = format!("req_{}", response.header("x-amz-apigw-id").unwrap());
    let own_id = response.header("x-request-id");
    // Only the gateway's own responses lack it, and those have no timestamp either.
    let may_lack_id = !is_head
        && matches!(response.status, 413 | 429 | 500 | 503)
        && response.json()["meta"]["timestamp"].is_null();
    assert!(own_id == Some(&gateway_id) || may_lack_id && own_id.is_none(), "{own_id:?}");
    for name in DEFINITION["components"]["headers"].as_object().unwrap().keys() {
        let is_sent = response.header(&name.to_lowercase()).is_some();
        let is_documented = is_documented(response.status, name);
        assert!(is_sent == is_documented || name == "X-Request-Id" && may_lack_id, "{name}");
    }
    check_published_headers(response);
    if is_head || response.status == 304 {
        assert_eq!(response.body, "");
        return;
    }
    let body = response.json();
    let schema = if response.status == 200 { "UserEnvelope" } else { "ErrorEnvelope" };
    for document in [&*DEFINITION, &*PUBLISHED] {
        let validator = validator(document, schema);
        let errors: Vec<_> = validator.iter_errors(&body).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{body} does not fit {schema}: {errors:?}");
    }
    assert_eq!(body["meta"]["request_id"], gateway_id);
    assert_eq!(body["meta"]["timestamp"].is_string(), own_id.is_some());
}

/// Panics if the contract for clients does not have the response's status, or requires a header
/// that the response lacks.
#[track_caller]
fn check_published_headers(response: &Response) {
    // The contract has no method that gets a 405.
    if response.status == 405 {
        return;
    }
    let responses = &PUBLISHED["paths"]["/v1/users/{id}"]["get"]["responses"];
    let documented = published(&responses[response.status.to_string()]);
    assert!(documented.is_object(), "{} is not in the contract", response.status);
    for (name, header) in documented["headers"].as_object().unwrap() {
        let is_required = published(header)["required"] == true;
        assert!(!is_required || response.header(&name.to_lowercase()).is_some(), "{name}");
    }
}

/// What the reference refers to.
fn published(reference: &Value) -> &Value {
    let path = reference["$ref"].as_str();
    path.and_then(|path| PUBLISHED.pointer(&path[1..])).unwrap_or(&Value::Null)
}

/// Whether the definition has the header for this status.
fn is_documented(status: u16, header: &str) -> bool {
    let operations = DEFINITION["paths"].as_object().unwrap().values().flat_map(Value::as_object);
    operations.flatten().any(|(_, operation)| {
        let reference = &operation["responses"][status.to_string()]["$ref"];
        let response = reference.as_str().and_then(|path| DEFINITION.pointer(&path[1..]));
        response.is_some_and(|response| response["headers"][header].is_object())
    })
}

fn validator(document: &Value, schema: &str) -> Validator {
    let mut root = json!({
        "$ref": format!("#/components/schemas/{schema}"),
        "components": { "schemas": document["components"]["schemas"] },
    });
    allow_null(&mut root);
    jsonschema::draft4::options().should_validate_formats(true).build(&root).unwrap()
}

/// `nullable: true` is OpenAPI's own; JSON Schema has a second type.
fn allow_null(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.remove("nullable") == Some(json!(true)) {
                let own_type = map["type"].take();
                map.insert("type".into(), json!([own_type, "null"]));
            }
            map.values_mut().for_each(allow_null);
        }
        Value::Array(list) => list.iter_mut().for_each(allow_null),
        _ => {}
    }
}

/// JSON without the white space between its tokens.
pub(crate) fn minified(json: &str) -> String {
    let mut is_text = false;
    let mut is_escaped = false;
    json.chars()
        .filter(|&c| {
            is_text ^= c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            is_text || !c.is_whitespace()
        })
        .collect()
}

#[test]
fn the_definition_has_the_example_of_the_page() {
    let example =
        &DEFINITION["components"]["responses"]["User"]["content"]["application/json"]["example"];
    assert_eq!(*example, serde_json::from_str::<Value>(PAGE).unwrap());
}

#[test]
fn every_example_fits_its_schema() {
    let mut count = 0;
    for (name, response) in DEFINITION["components"]["responses"].as_object().unwrap() {
        let Some(media) = response.pointer("/content/application~1json") else {
            continue;
        };
        let schema = media["schema"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
        let examples = media["examples"].as_object().into_iter().flatten();
        let examples = examples.map(|(_, example)| &example["value"]);
        for example in media.get("example").into_iter().chain(examples) {
            assert!(validator(&DEFINITION, schema).is_valid(example), "{name}: {example}");
            count += 1;
        }
    }
    assert_eq!(count, 11);
}
