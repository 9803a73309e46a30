//! What must never be in a log.

use serde_json::json;

use crate::{
    client::{Api, PAGE_USER},
    events::event,
    keys::key,
};

#[tokio::test]
async fn no_key_no_header_and_nobody_s_data_reaches_the_log() {
    let api = Api::start().await;
    let reader = key("reads its account");
    for path in [
        PAGE_USER,
        "/v1/users/user_400000004",
        "/v1/users/user_300000003",
        "/v1/users/john@doe.example",
    ] {
        api.get(path, &reader).await;
        api.get(path, &key("is revoked")).await;
        api.get(path, "crd_live_mistyped-but-secret").await;
    }
    api.send(
        "GET",
        PAGE_USER,
        &[("Authorization", "Basic am9objpzZWNyZXQ="), ("X-Own", "own-value")],
    )
    .await;

    let log = api.log.lock().unwrap();
    for line in ["key_reads_its_account", "\"reason\":\"revoked\"", "\"status\":200"] {
        assert!(log.contains(line), "{line} is not in the log:\n{log}");
    }
    for secret in [
        "crd_",
        "Bearer",
        "am9obj",
        "own-value",
        "secret",
        "@",
        "john",
        "John",
        "+1234567890",
        "Acme",
        "4711",
        "Broken",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_an_error_that_does_not_quote_it() {
    let api = Api::start().await;
    // Their request ID must not stand in the lines of the invalid events.
    api.invoke("GetUserFunction", &event("get-user/found")).await;
    api.invoke("AuthorizerFunction", &event("authorizer/allow")).await;
    api.request_line("get-user", 1).await;
    api.request_line("authorizer", 1).await;
    api.log.lock().unwrap().clear();
    let key = format!("Bearer {}", key("reads its account"));
    for event in [
        json!(key),
        json!([key]),
        json!({ "headers": key }),
        json!({ "multiValueHeaders": [key], "methodArn": "arn" }),
        json!({ "methodArn": { "Authorization": key }, "httpMethod": { "Authorization": key } }),
        json!({ "requestContext": key, "methodArn": "arn" }),
    ] {
        for function in ["GetUserFunction", "AuthorizerFunction"] {
            let report = api.try_invoke(function, &event).await.unwrap_err();
            assert_eq!(report["errorType"], "InvalidEvent", "{function}: {event}");
            assert!(!report.to_string().contains("crd_"), "{report}");
        }
    }
    let log = api.log.lock().unwrap();
    let lines = log.lines().filter(|line| line.contains("\"message\":\"invalid event\""));
    assert_eq!(lines.count(), 12, "{log}");
    assert!(!log.contains("c6af9ac6"), "the request ID of an earlier request: {log}");
    assert!(!log.contains("crd_"), "{log}");
}
