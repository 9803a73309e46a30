//! What must never be in a log.

use serde_json::json;

use crate::{
    client::{Api, PAGE_USER},
    events::event,
    fake_table::{FakeTable, Reply},
    keys::key,
};

#[tokio::test]
async fn no_key_header_or_personal_data_reaches_the_log() {
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

    api.request_line("authorizer", 13).await;
    let log = api.log_with("\"message\":\"request\"", 13 + 4).await;
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
        // As JSON or debug output quotes it: a request ID may have the digits.
        "\"4711",
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
    let log = api.log_with("\"message\":\"invalid event\"", 12).await;
    assert!(!log.contains("\"message\":\"request\""), "{log}");
    assert!(!log.contains("JKJaXmPLvHcESHA"), "the request ID of an earlier request: {log}");
    assert!(!log.contains("crd_"), "{log}");
}

#[tokio::test]
async fn nothing_of_a_malformed_response_or_below_the_first_line_of_an_error_reaches_the_log() {
    let secret = "john.doe@company.com";
    let message = format!("the signature does not match\nx-amz-security-token:{secret}\n");
    let error = json!({ "__type": "x#InvalidSignatureException", "message": message });
    for reply in [
        Reply::Body(400, error.to_string()),
        Reply::Body(500, error.to_string()),
        Reply::Body(200, json!({ "Item": { "email": secret } }).to_string()),
        Reply::Body(200, json!({ "Item": { "email": { "S": [secret] } } }).to_string()),
        Reply::Body(200, json!({ "email": secret }).to_string()),
        Reply::Body(400, secret.to_owned()),
        Reply::Body(400, json!({ "__type": "x#Y", "message": "m".repeat(10_000) }).to_string()),
    ] {
        let table = FakeTable::start(reply.clone()).await;
        let api = Api::with_dynamodb(&table.url).await;
        let response = api.invoke("GetUserFunction", &event("get-user/found")).await;
        assert!(response["statusCode"].as_u64().unwrap() >= 500, "{reply:?}: {response}");
        let line = api.request_line("get-user", 1).await;
        assert!(line.to_string().len() < 1_500, "{line}");
        let log = api.log.lock().unwrap();
        assert!(!log.contains("john"), "{reply:?}: {log}");
        assert!(!response.to_string().contains("john"), "{response}");
    }
}
