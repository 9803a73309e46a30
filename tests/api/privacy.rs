//! Marked values in everything that a function reads, while all of it fails: none of them may reach
//! a line of the log, or a response that is not the user.

use std::{env, process::Command};

use serde_json::{Value, json};

use crate::{
    client::{Api, PAGE_USER},
    events::event,
    fake_table::{FakeTable, Reply},
    faults::{key_record, user_item},
    keys::key,
    log::assert_other_line,
};

/// What every marked value contains. A space and an `@` are in most e-mail addresses, names and
/// headers, and in no ID that the log may have.
const MARK: &str = "marked @ value";

/// The same for numbers: longer than those in an ID or a time.
const NUMBER: u64 = 14_711_471_147_114_711_471;

/// Fails if a text contains a marked value, in base64 or as bytes too, or an API key.
#[track_caller]
fn assert_clean(text: &str, context: &str) {
    for secret in ["marked", &NUMBER.to_string(), "bWFya2Vk", "109, 97, 114", "crd_"] {
        assert!(!text.contains(secret), "{secret} after {context}:\n{text}");
    }
}

/// Fails if the log so far, or the response, contains a marked value. Empties the log.
async fn assert_nothing_leaked(api: &Api, response: &Result<Value, Value>, context: &str) {
    api.log_with("\"message\":\"", 1).await;
    let log = std::mem::take(&mut *api.log.lock().unwrap());
    assert_clean(&log, context);
    let (Ok(response) | Err(response)) = response;
    assert_clean(&response.to_string(), context);
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
async fn no_value_of_a_users_item_is_in_the_log_or_in_an_error() {
    let mut item = user_item();
    for name in ["company", "phone", "permissions", "activity_stats", "metadata", "unknown"] {
        item[name] = json!({ "NULL": true });
    }
    let items = broken_items(&item, &["id", "account_id"]);
    let table = FakeTable::script(items.iter().cloned().map(Reply::Item)).await;
    let api = Api::with_dynamodb(&table.url).await;
    for item in &items {
        let response = api.invoke("GetUserFunction", &event("get-user/found")).await;
        let shown = response["statusCode"] == 200;
        let response = if shown { Value::Null } else { response };
        assert_nothing_leaked(&api, &Ok(response), &item.to_string()).await;
    }
}

#[tokio::test]
async fn no_value_of_a_keys_record_is_in_the_log_or_in_a_deny() {
    let mut record = key_record();
    for name in ["name", "hint", "user_id", "scopes", "expires_at", "revoked_time"] {
        record[name] = json!({ "NULL": true });
    }
    let records = broken_items(&record, &["key_hash", "key_id", "account_id"]);
    let table = FakeTable::script(records.iter().cloned().map(Reply::Item)).await;
    let api = Api::with_dynamodb(&table.url).await;
    for record in &records {
        let response = api.try_invoke("AuthorizerFunction", &event("authorizer/allow")).await;
        // An Allow has the scopes.
        let is_allow = response.as_ref().is_ok_and(|it| it["context"]["key_id"].is_string());
        let response = if is_allow { Ok(Value::Null) } else { response };
        assert_nothing_leaked(&api, &response, &record.to_string()).await;
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
    for (function, name) in
        [("GetUserFunction", "get-user/found"), ("AuthorizerFunction", "authorizer/allow")]
    {
        let event = event(name);
        let mut all = Vec::new();
        pointers(&event, "", &mut all);
        assert!(all.len() > 50, "{all:?}");
        // API Gateway sets these two, and a client cannot choose them.
        all.retain(|it| it != "/httpMethod" && it != "/requestContext/extendedRequestId");
        for pointer in all {
            for marked in [json!(MARK), json!([MARK]), json!({ MARK: MARK }), json!(NUMBER)] {
                let mut event = event.clone();
                *event.pointer_mut(&pointer).unwrap() = marked.clone();
                let response = api.try_invoke(function, &event).await;
                let is_good = response.as_ref().is_ok_and(|response| {
                    response["statusCode"] == 200 || response["context"]["key_id"].is_string()
                });
                // The policy has the ARN that the event has.
                let is_shown = is_good || pointer == "/methodArn";
                let response = if is_shown { Ok(Value::Null) } else { response };
                assert_nothing_leaked(&api, &response, &format!("{pointer}: {marked}")).await;
            }
        }
    }
}

#[tokio::test]
async fn no_value_of_a_response_of_the_table_is_in_the_log_or_in_an_error() {
    let error = |message: &str| json!({ "__type": "x#Y", "message": message }).to_string();
    let replies = [
        Reply::Body(200, MARK.to_owned()),
        Reply::Body(200, json!({ "Item": MARK }).to_string()),
        Reply::Body(200, json!({ "Item": { MARK: MARK } }).to_string()),
        Reply::Body(200, json!({ "Item": { "email": { MARK: MARK } } }).to_string()),
        Reply::Body(200, json!({ MARK: MARK }).to_string()),
        Reply::Body(302, MARK.to_owned()),
        Reply::Body(400, MARK.to_owned()),
        Reply::Body(400, error(&format!("the signature does not match\n{MARK}"))),
        Reply::Body(500, MARK.to_owned()),
        Reply::Body(500, error(&format!("\n{MARK}"))),
    ];
    for reply in replies {
        let table = FakeTable::start(reply.clone()).await;
        let api = Api::with_dynamodb(&table.url).await;
        for (function, name) in
            [("GetUserFunction", "get-user/found"), ("AuthorizerFunction", "authorizer/allow")]
        {
            let response = api.try_invoke(function, &event(name)).await;
            assert_nothing_leaked(&api, &response, &format!("{reply:?}")).await;
        }
    }
}

#[tokio::test]
async fn no_part_of_a_request_is_in_the_log_or_in_an_error() {
    let api = Api::start().await;
    let bearer = format!("Bearer {}", key("is revoked"));
    for path in [PAGE_USER, "/v1/users/marked@mail.example", "/marked", "/v1/users/user_1?marked=1"]
    {
        for (name, value) in [
            ("Authorization", bearer.as_str()),
            ("Authorization", "Bearer crd_test_marked"),
            ("Authorization", "marked"),
            ("X-Own", "marked"),
            ("X-Amzn-Trace-Id", "Root=1-marked @"),
            ("X-Amzn-RequestId", "marked @"),
            ("Cookie", "marked"),
            ("User-Agent", "marked"),
        ] {
            for method in ["GET", "POST", "HEAD"] {
                let mut response = api.send(method, path, &[(name, value)]).await;
                // API Gateway returns this header as the client sent it.
                response.headers.retain(|(name, _)| name != "x-amzn-requestid");
                let context = format!("{method} {path} {name}: {value}");
                let response = json!(format!("{:?} {}", response.headers, response.body));
                assert_nothing_leaked(&api, &Ok(response), &context).await;
            }
        }
    }
}

#[test]
fn a_panic_is_logged_without_its_message() {
    const PANICS: &str = "TEST_OF_A_PANIC";
    if env::var_os(PANICS).is_some() {
        credira_users::process::run(async |_| panic!("{MARK}"));
        return;
    }
    let test = concat!(module_path!(), "::a_panic_is_logged_without_its_message");
    let test = test.split_once("::").unwrap().1;
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(PANICS, "1")
        .output()
        .unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_clean(&text, "a panic");
    assert_other_line(&text, "ERROR", "panic", false);
    let line = text.lines().find(|line| line.contains("\"message\":\"panic\"")).unwrap();
    assert!(line.contains("tests/api/privacy.rs:"), "{line}");
}
