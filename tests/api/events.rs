//! Every file of `events/`, given to the function it is for.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Value, json};

use crate::client::Api;

/// An event of `events/`, by its name without the extension.
pub(crate) fn event(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("events/{name}.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The names of all events of a function.
fn names(folder: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("events").join(folder);
    let files = fs::read_dir(path).unwrap();
    let names = files.map(|file| file.unwrap().path().file_stem().unwrap().to_owned());
    names.map(|name| format!("{folder}/{}", name.to_str().unwrap())).collect()
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
    let mut seen = BTreeSet::new();
    for name in [names("get-user"), names("authorizer")].concat() {
        let event = event(&name);
        let response = if name.starts_with("authorizer") {
            let response = api.authorize(&event).await.unwrap();
            let statement = &response["policyDocument"]["Statement"][0];
            let stage = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/*";
            assert_eq!(statement["Resource"], stage);
            let is_allow = statement["Effect"] == "Allow";
            let id = if is_allow { Value::Null } else { json!("req_JKJaXmPLvHcESHA=") };
            assert_eq!(response["context"]["request_id"], id, "{name}");
            json!({ "effect": statement["Effect"], "context": response["context"] })
        } else {
            let response = api.get_user(&event).await;
            let body = if response.body.is_empty() { json!("") } else { response.json() };
            json!({ "statusCode": response.status, "body": body })
        };
        let file = format!("{name}.json");
        assert!(has(&response, &expected[&file]), "{name}: {response}");
        seen.insert(file);
    }
    assert!(seen.iter().eq(expected.keys()));
}
