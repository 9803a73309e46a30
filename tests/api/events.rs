//! Every file of `events/`, given to the function it is for.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use crate::client::Api;

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "events", name].iter().collect()
}

/// An event of `events/`, by its name without the extension.
pub(crate) fn event(name: &str) -> Value {
    let text = fs::read_to_string(path(&format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Whether the response has all of the expected values.
fn has(response: &Value, expected: &Value) -> bool {
    match expected {
        Value::Object(map) => map.iter().all(|(name, value)| has(&response[name], value)),
        value => response == value,
    }
}

#[tokio::test]
async fn the_functions_respond_to_each_event_as_expected() {
    let api = Api::start().await;
    let Value::Object(expected) = event("expected") else { panic!("a map") };
    let files =
        ["get-user", "authorizer"].map(|folder| fs::read_dir(path(folder)).unwrap().count());
    assert_eq!(expected.len(), files[0] + files[1]);
    for (file, expected) in &expected {
        let name = file.strip_suffix(".json").unwrap();
        let response = if name.starts_with("authorizer") {
            let response = api.authorize(&event(name)).await.unwrap();
            let statement = &response["policyDocument"]["Statement"][0];
            let stage = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/*";
            assert_eq!(statement["Resource"], stage);
            let is_allow = statement["Effect"] == "Allow";
            let id = if is_allow { Value::Null } else { json!("req_JKJaXmPLvHcESHA=") };
            assert_eq!(response["context"]["request_id"], id, "{name}");
            json!({ "effect": statement["Effect"], "context": response["context"] })
        } else {
            let response = api.get_user(&event(name)).await;
            let body = if response.body.is_empty() { json!("") } else { response.json() };
            json!({ "statusCode": response.status, "body": body })
        };
        assert!(has(&response, expected), "{name}: {response}");
    }
}
