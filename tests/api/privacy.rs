//! Marked values in everything that a function reads, while all of it fails: none of them may reach
//! a line of the log, or a response that is not the user.

use std::{env, process::Command};

use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::client::http::http_client_fn;
use credira_users::{authorizer::Authorizer, process};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json, value::to_raw_value};

use crate::{
    client::Api,
    events::event,
    fake_table::{FakeTable, Reply, record_with, user_with},
    tables,
};

/// What every marked value contains. A space and an `@` are in most e-mail addresses, names and
/// headers, and in no ID that the log may have.
const MARK: &str = "marked @ value";

/// The same for numbers: longer than those in an ID or a time.
const NUMBER: u64 = 14_711_471_147_114_711_471;

const FUNCTIONS: [(&str, &str); 2] =
    [("GetUserFunction", "get-user/found"), ("AuthorizerFunction", "authorizer/allow")];

/// Fails if a text contains a marked value, in base64 or as bytes too, or an API key.
#[track_caller]
fn assert_clean(text: &str, context: &str) {
    for secret in ["marked", &NUMBER.to_string(), "bWFya2Vk", "109, 97, 114", "crd_"] {
        assert!(!text.contains(secret), "{secret} after {context}:\n{text}");
    }
}

/// Fails if the log so far, or the response, contains a marked value, or if a line is longer than
/// Lambda's lines should be. Empties the log.
async fn assert_nothing_leaked(api: &Api, response: &Result<Value, Value>, context: &str) {
    let log = api.take_log(1).await;
    assert_clean(&log, context);
    assert!(!log.contains("Bearer ") && log.lines().all(|line| line.len() < 1_500), "{log}");
    let (Ok(response) | Err(response)) = response;
    assert_clean(&response.to_string(), context);
}

/// Whether it is a user or an Allow, whose values are for the caller.
fn is_for_caller(response: &Value) -> bool {
    response["statusCode"] == 200 || response["context"]["key_id"].is_string()
}

/// Invokes a function. Fails if it leaks a marked value.
async fn assert_no_leak(api: &Api, function: &str, event: &Value, context: &str) {
    let response = api.invoke(function, event).await;
    let response = response.map(|it| if is_for_caller(&it) { Value::Null } else { it });
    assert_nothing_leaked(api, &response, context).await;
}

/// The attribute values of all types, each with the mark where its type can have one.
fn marked_attributes() -> [Value; 10] {
    let bytes = "bWFya2VkIEAgdmFsdWU=";
    [
        json!({ "S": MARK }),
        json!({ "N": NUMBER.to_string() }),
        json!({ "B": bytes }),
        json!({ "SS": [MARK] }),
        json!({ "NS": [NUMBER.to_string()] }),
        json!({ "BS": [bytes] }),
        json!({ "L": [{ "S": MARK }, { "B": bytes }] }),
        json!({ "M": { MARK: { "S": MARK }, "last_activity": { "B": bytes } } }),
        json!({ "NULL": true }),
        json!({ "BOOL": true }),
    ]
}

/// An item with another type for one of its attributes, and the mark in the values of all others.
fn broken_items(item: &Value, identifiers: &[&str]) -> Vec<Value> {
    let mut items = Vec::new();
    for name in item.as_object().unwrap().keys() {
        for attribute in marked_attributes() {
            let mut item = item.clone();
            for (other, value) in item.as_object_mut().unwrap() {
                if other == name {
                    *value = attribute.clone();
                } else if !identifiers.contains(&other.as_str()) {
                    *value = json!({ "S": MARK });
                }
            }
            items.push(item);
        }
    }
    items
}

#[tokio::test]
async fn no_value_of_an_item_is_in_the_log_or_in_an_error() {
    let empty = json!({ "NULL": true });
    let marked = json!({ "S": MARK });
    let user = user_with(json!({
        "company": empty, "phone": empty, "permissions": empty, "activity_stats": empty,
        "metadata": empty, "unknown": empty,
    }));
    let shown_user = user_with(json!({
        "email": marked, "name": marked, "company": marked, "role": marked, "department": marked,
        "phone": marked, "status": marked, "permissions": { "L": [marked] },
        "metadata": { "M": { "timezone": marked } }, "unknown": marked,
    }));
    let record = record_with(json!({
        "name": empty, "hint": empty, "user_id": empty, "scopes": empty, "expires_at": empty,
        "revoked_time": empty,
    }));
    let good_record = record_with(json!({ "name": marked, "hint": marked, "unknown": marked }));
    let items = [
        (broken_items(&user, &["id", "account_id"]), shown_user),
        (broken_items(&record, &["key_hash", "key_id", "account_id"]), good_record),
    ];
    for ((function, name), (mut items, good)) in FUNCTIONS.into_iter().zip(items) {
        items.push(good);
        let table = FakeTable::start(items.iter().map(Reply::item)).await;
        let api = Api::with_dynamodb(&table.url).await;
        for item in &items {
            assert_no_leak(&api, function, &event(name), &item.to_string()).await;
        }
        assert!(is_for_caller(&api.invoke(function, &event(name)).await.unwrap()));
    }
}

/// The JSON pointers of all values of a JSON value.
fn pointers(value: &Value, pointer: &str, all: &mut Vec<String>) {
    let mut visit = |name: &str, value| {
        let name = name.replace('~', "~0").replace('/', "~1");
        let pointer = format!("{pointer}/{name}");
        all.push(pointer.clone());
        pointers(value, &pointer, all);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| visit(name, value)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, value)| visit(&index.to_string(), value));
        }
        _ => {}
    }
}

#[tokio::test]
async fn no_value_of_an_event_is_in_the_log_unless_it_is_one_of_the_documented_ids() {
    let api = Api::start().await;
    let others = [
        ("GetUserFunction", "get-user/route-not-found"),
        ("AuthorizerFunction", "authorizer/revoked-key"),
    ];
    for (function, name) in FUNCTIONS.into_iter().chain(others) {
        let event = event(name);
        // The whole event, and each part of it.
        let mut all = vec![String::new()];
        pointers(&event, "", &mut all);
        assert!(all.contains(&"/multiValueHeaders/Host/0".to_owned()), "{all:?}");
        // API Gateway sets these three, and a client cannot choose them. The policy has the ARN.
        let set = ["/httpMethod", "/requestContext/extendedRequestId", "/methodArn"];
        all.retain(|pointer| !set.contains(&pointer.as_str()));
        for pointer in all {
            for marked in [json!(MARK), json!([MARK]), json!({ MARK: MARK }), json!(NUMBER)] {
                let mut event = event.clone();
                *event.pointer_mut(&pointer).unwrap() = marked.clone();
                assert_no_leak(&api, function, &event, &format!("{pointer}: {marked}")).await;
            }
        }
    }
}

#[tokio::test]
async fn no_value_of_a_response_of_the_table_is_in_the_log_or_in_an_error() {
    let error = |message: &str| json!({ "__type": "x#Y", "message": message }).to_string();
    for (status, body) in [
        (200, MARK.to_owned()),
        (200, json!({ "Item": MARK }).to_string()),
        (200, json!({ "Item": { MARK: MARK } }).to_string()),
        (200, json!({ "Item": { "email": { MARK: MARK } } }).to_string()),
        (200, json!({ MARK: MARK }).to_string()),
        (302, MARK.to_owned()),
        (400, MARK.to_owned()),
        (400, error(&format!("the signature does not match\n{MARK}"))),
        (400, error(&"m".repeat(10_000))),
        (500, MARK.to_owned()),
        (500, error(&format!("\n{MARK}"))),
    ] {
        let table = FakeTable::start([Reply::body(status, &body)]).await;
        let api = Api::with_dynamodb(&table.url).await;
        for (function, name) in FUNCTIONS {
            assert_no_leak(&api, function, &event(name), &format!("{status} {body}")).await;
        }
    }
}

/// An authorizer that panics when it looks up a key.
fn panicking_authorizer() -> Authorizer {
    let client = tables::client("http://127.0.0.1:1");
    let http_client = http_client_fn(|_, _| panic!("{MARK}"));
    let config = client.config().to_builder().http_client(http_client).build();
    Authorizer::new(Client::from_conf(config), "api-keys".to_owned())
}

#[test]
fn a_panic_is_logged_without_its_message() {
    const EVENT: &str = "EVENT_BEFORE_A_PANIC";
    if let Ok(name) = env::var(EVENT) {
        process::run(async |_| {
            let event = LambdaEvent::new(to_raw_value(&event(&name))?, Context::default());
            panicking_authorizer().handle(event, None).await?;
            panic!("{MARK}")
        });
        return;
    }
    let test = concat!(module_path!(), "::a_panic_is_logged_without_its_message");
    let test = test.split_once("::").unwrap().1;
    // The first event needs a lookup. After the second one, the panic is not of a request.
    for (name, is_of_request) in [("authorizer/allow", true), ("authorizer/no-key", false)] {
        let mut command = Command::new(env::current_exe().unwrap());
        let output = command.args(["--exact", test, "--nocapture"]).env(EVENT, name).output();
        let output = output.unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_clean(&text, name);
        let line = text.lines().find(|line| line.contains("\"message\":\"panic\"")).unwrap();
        let line: Value = serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap();
        assert!(line["cause"].as_str().unwrap().starts_with("tests/api/privacy.rs:"), "{line}");
        assert_eq!(line["request_id"].is_string(), is_of_request, "{line}");
        assert_eq!(text.contains("\"message\":\"request\""), !is_of_request, "{text}");
    }
}
