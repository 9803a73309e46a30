//! Every response, as `openapi.yaml` and the contract for clients describe it.

use std::{collections::BTreeSet, sync::LazyLock};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::{
    client::{Api, PAGE_USER, Response},
    events::event,
    keys::key,
};

pub(crate) const OPENAPI: &str = include_str!("../../openapi.yaml");

/// The example of the API page, as it stands there.
pub(crate) const PAGE: &str = include_str!("page.json");

const USER: &str = "/v1/users/{id}";
const ANY_METHOD: &str = "x-amazon-apigateway-any-method";

static DEFINITION: LazyLock<Value> = LazyLock::new(|| serde_yaml_ng::from_str(OPENAPI).unwrap());

/// The contract for clients.
static PUBLISHED: LazyLock<Value> = LazyLock::new(|| {
    serde_yaml_ng::from_str(include_str!("../../contract/credira-users.openapi.yaml")).unwrap()
});

/// Panics if a response to any request is not as the contract says.
#[track_caller]
pub(crate) fn check(response: &Response, is_head: bool) {
    let status = response.status;
    let is_success = matches!(status, 200 | 304);
    // A 304 has no body to describe (RFC 9110, section 15.4.5).
    let content_type = (status != 304).then_some("application/json");
    assert_eq!(response.header("content-type"), content_type);
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    let caching = if is_success { "private, no-cache" } else { "no-store" };
    assert_eq!(response.header("cache-control"), Some(caching));
    let expected = |is_sent: bool, value| is_sent.then_some(value);
    assert_eq!(response.header("etag").is_some(), is_success);
    assert_eq!(response.header("www-authenticate"), expected(status == 401, "Bearer"));
    assert_eq!(response.header("allow"), expected(status == 405, "GET, HEAD"));
    let retry_after = expected(matches!(status, 429 | 503), "1");
    assert_eq!(response.header("retry-after"), retry_after);

    // Only the gateway's own responses lack an ID, and those have no timestamp either.
    let own_id = response.header("x-request-id");
    let may_lack_id = !is_head
        && matches!(status, 413 | 429 | 500 | 503)
        && response.json()["meta"]["timestamp"].is_null();
    assert_eq!(own_id.is_none(), may_lack_id);
    let gateway_id = response.header("x-amz-apigw-id").map(|id| format!("req_{id}"));
    let id = gateway_id.as_deref().or(own_id).unwrap();
    assert_eq!(own_id.unwrap_or(id), id);

    let documented: Vec<_> = responses(&DEFINITION).filter(|it| it.status == status).collect();
    for name in responses(&DEFINITION).flat_map(|it| it.headers()) {
        let is_sent = response.header(&name.to_lowercase()).is_some();
        let is_documented = documented.iter().any(|it| it.headers().any(|it| it == name));
        assert!(is_sent == is_documented || name == "X-Request-Id" && may_lack_id, "{name}");
    }
    // The contract has no method that gets a 405.
    if status != 405 {
        let published = responses(&PUBLISHED).find(|it| it.status == status).unwrap();
        for name in published.headers() {
            let header = resolve(&PUBLISHED, &published.value["headers"][name]);
            let is_sent = response.header(&name.to_lowercase()).is_some();
            assert!(is_sent || header["required"] != true, "{name}");
        }
    }
    if is_head || status == 304 {
        assert_eq!(response.body, "");
        return;
    }
    let body = response.json();
    for document in [&*DEFINITION, &*PUBLISHED] {
        assert_fits(document, if is_success { "UserEnvelope" } else { "ErrorEnvelope" }, &body);
    }
    assert_eq!(body["meta"]["request_id"], id);
    assert_eq!(body["meta"]["timestamp"].is_string(), own_id.is_some());
    let examples = documented.iter().filter_map(|it| it.example());
    let mut texts = examples.map(|it| it["error"].clone()).chain(gateway_errors(status));
    assert!(texts.any(|text| text == body["error"]), "{body}");
}

/// A response that a document describes.
#[derive(Clone, Copy)]
struct Described {
    path: &'static str,
    method: &'static str,
    status: u16,
    value: &'static Value,
}

impl Described {
    fn headers(self) -> impl Iterator<Item = &'static String> {
        self.value["headers"].as_object().into_iter().flat_map(serde_json::Map::keys)
    }

    fn media(self) -> Option<&'static Value> {
        self.value.pointer("/content/application~1json")
    }

    fn example(self) -> Option<&'static Value> {
        self.media().map(|media| &media["example"])
    }
}

/// The responses of all operations.
fn responses(document: &'static Value) -> impl Iterator<Item = Described> {
    let paths = document["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| (path, method, operation))
    });
    operations.flat_map(move |(path, method, operation)| {
        // A path also has parameters.
        let responses = operation["responses"].as_object().into_iter().flatten();
        responses.map(move |(status, response)| Described {
            path,
            method,
            status: status.parse().unwrap(),
            value: resolve(document, response),
        })
    })
}

/// The value, or what it refers to.
fn resolve(document: &'static Value, value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => value,
    }
}

/// The error of an operation's example.
pub(crate) fn error(path: &str, method: &str, status: u16) -> Value {
    let is_it = |it: &Described| (it.path, it.method, it.status) == (path, method, status);
    responses(&DEFINITION).find(is_it).unwrap().example().unwrap()["error"].clone()
}

/// The error of a path that the API does not have.
pub(crate) fn route_not_found() -> Value {
    error("/{proxy+}", ANY_METHOD, 404)
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

fn gateway_errors(status: u16) -> impl Iterator<Item = Value> {
    let of_status = move |(other, error)| (other == Some(status)).then_some(error);
    gateway_responses().filter_map(of_status)
}

#[track_caller]
fn assert_fits(document: &Value, schema: &str, body: &Value) {
    let errors: Vec<_> =
        validator(document, schema).iter_errors(body).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{body} does not fit {schema}: {errors:?}");
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

#[test]
fn every_example_fits_its_schema_and_the_users_is_the_one_of_the_page() {
    let examples = responses(&DEFINITION).filter_map(|it| Some((it, it.media()?)));
    let mut statuses = BTreeSet::new();
    for (response, media) in examples {
        let schema = media["schema"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
        assert_fits(&DEFINITION, schema, &media["example"]);
        if response.status == 200 {
            assert_eq!(media["example"], serde_json::from_str::<Value>(PAGE).unwrap());
        }
        statuses.insert(response.status);
    }
    assert_eq!(statuses, BTreeSet::from([200, 400, 401, 403, 404, 405, 413, 429, 500, 503]));
}

#[tokio::test]
async fn each_error_of_the_functions_and_of_the_gateway_is_as_the_definition_says() {
    let api = Api::start().await;
    let reader = key("reads its account");
    let too_long = vec![b'x'; 6 << 20];
    for (path, method, status, response) in [
        (USER, "get", 400, api.get("/v1/users/john.doe", &reader).await),
        (USER, "get", 401, api.get_user(&event("get-user/no-authorizer")).await),
        (USER, "get", 401, api.send("GET", PAGE_USER, &[]).await),
        (USER, "get", 403, api.get("/v1/users/user_300000003", &reader).await),
        (USER, "get", 404, api.get("/v1/users/user_000000000", &reader).await),
        (USER, "get", 413, api.send_with_body("POST", PAGE_USER, &[], &too_long).await),
        (USER, "get", 500, api.get("/v1/users/user_400000004", &reader).await),
        (USER, "post", 405, api.send("POST", PAGE_USER, &[]).await),
        ("/{proxy+}", ANY_METHOD, 404, api.send("GET", "/v1/users", &[]).await),
        ("/", ANY_METHOD, 404, api.send("POST", "/", &[]).await),
    ] {
        assert_eq!(response.status, status);
        assert_eq!(response.json()["error"], error(path, method, status));
    }
    let api = Api::with_dynamodb("http://127.0.0.1:1").await;
    let response = api.get_user(&event("get-user/found")).await;
    assert_eq!(response.json()["error"], error(USER, "get", 503));

    // What the gateway says by itself is an example, or a description has its message.
    let texts: Vec<_> =
        responses(&DEFINITION).map(|it| (it, it.value["description"].as_str().unwrap())).collect();
    for (status, error) in gateway_responses() {
        let message = error["message"].as_str().unwrap();
        let is_documented = texts.iter().any(|(it, text)| {
            let is_example = it.example().is_some_and(|example| example["error"] == error);
            status == Some(it.status) && is_example || text.contains(&format!("`{message}`"))
        });
        assert!(is_documented, "{status:?} {error}");
    }
    let codes: BTreeSet<_> = responses(&DEFINITION)
        .filter_map(|it| it.example()?.pointer("/error/code")?.as_str())
        .collect();
    let schemas = &DEFINITION["components"]["schemas"];
    let detail = &schemas["ErrorEnvelope"]["properties"]["error"];
    let code = &resolve(&DEFINITION, detail)["properties"]["code"];
    let listed = code["enum"].as_array().or(code["x-extensible-enum"].as_array()).unwrap();
    assert_eq!(listed.iter().map(|it| it.as_str().unwrap()).collect::<BTreeSet<_>>(), codes);
}
