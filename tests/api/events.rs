//! Every file of `events/`, given to the function it is for.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{client::Api, responses::assert_is_now};

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

#[tokio::test]
async fn get_user_responds_to_each_event_as_expected() {
    let api = Api::start().await;
    let expected = event("expected");
    for name in names("get-user") {
        let response = api.invoke("GetUserFunction", &event(&name)).await;
        let expected = &expected[format!("{name}.json")];
        assert_eq!(response["statusCode"], expected["statusCode"], "{name}: {response}");
        let body = response["body"].as_str().unwrap();
        if body.is_empty() {
            assert_eq!(expected["body"], "", "{name}");
            continue;
        }
        let mut body: Value = serde_json::from_str(body).unwrap();
        let meta = body.as_object_mut().unwrap().remove("meta").unwrap();
        assert_eq!(body, expected["body"], "{name}");
        assert_eq!(meta["request_id"], response["headers"]["x-request-id"], "{name}");
        assert_is_now(&meta["timestamp"]);
    }
}

#[tokio::test]
async fn the_authorizer_responds_to_each_event_as_expected() {
    let api = Api::start().await;
    let expected = event("expected");
    for name in names("authorizer") {
        let response = api.invoke("AuthorizerFunction", &event(&name)).await;
        let expected = &expected[format!("{name}.json")];
        let statement = &response["policyDocument"]["Statement"][0];
        assert_eq!(statement["Effect"], expected["effect"], "{name}: {response}");
        assert_eq!(
            statement["Resource"],
            "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/*"
        );
        if expected["effect"] == "Allow" {
            assert_eq!(response["context"], expected["context"], "{name}");
        } else {
            let id = "req_JKJaXmPLvHcESHA=";
            assert_eq!(response["context"]["request_id"], id, "{name}");
            assert_is_now(&response["context"]["timestamp"]);
        }
    }
}

#[test]
fn every_event_has_an_expectation_and_every_expectation_an_event() {
    let expected = event("expected");
    let mut expected: Vec<_> = expected.as_object().unwrap().keys().cloned().collect();
    let mut found: Vec<_> = [names("get-user"), names("authorizer")]
        .concat()
        .iter()
        .map(|name| format!("{name}.json"))
        .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}
