//! A table that fails, in every way that it can.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    client::{Api, PAGE_USER},
    events::event,
    fake_table::{FakeTable, Reply},
    keys::key,
};

/// The response of `get-user` while its table has a fault, and the line of the request.
async fn get_user(url: &str) -> (Value, Value) {
    let api = Api::with_dynamodb(url).await;
    let response = api.invoke("GetUserFunction", &event("get-user/found")).await;
    let line = api.request_line("get-user", 1).await;
    (response, line)
}

#[track_caller]
fn assert_response(response: &Value, status: u16, code: &str) {
    assert_eq!(response["statusCode"], status, "{response}");
    let body: Value = serde_json::from_str(response["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["error"]["code"], code);
    let retry_after = response["headers"]["retry-after"].as_str();
    assert_eq!(retry_after, (status == 503).then_some("1"));
    assert_eq!(body["meta"]["request_id"], response["headers"]["x-request-id"]);
    assert!(body["meta"]["timestamp"].is_string());
}

#[track_caller]
fn assert_cause(line: &Value, text: &str) {
    assert!(line["cause"].as_str().unwrap().contains(text), "{line}");
}

#[tokio::test]
async fn a_transient_fault_has_three_attempts_and_is_503() {
    for (reply, cause) in [
        (Reply::Error(500, "InternalServerError"), "InternalServerError"),
        (Reply::Error(503, "ServiceUnavailable"), "ServiceUnavailable"),
        (Reply::Error(400, "ProvisionedThroughputExceededException"), "status 400"),
        (Reply::Error(400, "RequestLimitExceeded"), "RequestLimitExceeded"),
        (Reply::Error(400, "RequestTimeout"), "RequestTimeout"),
        (Reply::Error(400, "ThrottlingException"), "ThrottlingException"),
        (Reply::Error(400, "TooManyRequestsException"), "TooManyRequestsException"),
        (Reply::Garbage, "status 200 without a response of DynamoDB"),
        (Reply::Body(200, r#"{"message":"ok"}"#.into()), "status 200 without a response"),
        (Reply::Body(200, "[]".into()), "status 200 without a response of DynamoDB"),
        (Reply::Body(200, r#""ok""#.into()), "status 200 without a response of DynamoDB"),
        (Reply::Body(200, r#"{"__type":"x#Y"}"#.into()), "status 200 without a response"),
        (Reply::Body(201, "{}".into()), "status 201 without a response of DynamoDB"),
        (Reply::NotHttp, "invalid HTTP version parsed"),
        (Reply::Nothing(200), "status 200 without a response of DynamoDB"),
        (Reply::Nothing(204), "status 204 without a response of DynamoDB"),
        (Reply::Nothing(301), "status 301 without a response of DynamoDB"),
        (Reply::Nothing(302), "status 302 without a response of DynamoDB"),
        (Reply::Nothing(408), "status 408 without a response of DynamoDB"),
        (Reply::Nothing(429), "status 429 without a response of DynamoDB"),
        (Reply::Nothing(502), "status 502"),
        (Reply::Damaged, "the response body does not match its checksum"),
        (Reply::Endless, "length limit exceeded"),
        (Reply::CutOff, "end of file before message length reached"),
        (Reply::ResetInTheMiddle, "Connection reset by peer"),
    ] {
        let table = FakeTable::start(reply.clone()).await;
        let (response, line) = get_user(&table.url).await;
        assert_response(&response, 503, "SERVICE_UNAVAILABLE");
        assert_cause(&line, "the table could not be read in time: ");
        assert_cause(&line, cause);
        assert_eq!(line["table_attempts"], 3, "{reply:?}");
        assert_eq!(table.requests().len(), 3, "{reply:?}");
    }
}

#[tokio::test]
async fn a_member_that_the_response_of_the_table_has_not_had_before_is_ignored() {
    let metrics = |item: Value| json!({ "Metrics": {}, "Item": item });
    for (function, name, body, result) in [
        ("GetUserFunction", "get-user/found", metrics(user_item()), json!(200)),
        ("GetUserFunction", "get-user/found", json!({ "Metrics": {} }), json!(404)),
        ("AuthorizerFunction", "authorizer/allow", metrics(key_record()), json!("Allow")),
        ("AuthorizerFunction", "authorizer/allow", json!({ "Metrics": {} }), json!("Deny")),
    ] {
        let table = FakeTable::start(Reply::Body(200, body.to_string())).await;
        let api = Api::with_dynamodb(&table.url).await;
        let response = api.invoke(function, &event(name)).await;
        let effect = &response["policyDocument"]["Statement"][0]["Effect"];
        assert!([&response["statusCode"], effect].contains(&&result), "{body}: {response}");
        assert_eq!(table.requests().len(), 1, "{body}");
    }
}

#[tokio::test]
async fn an_item_that_the_sdk_cannot_parse_is_503_and_the_log_says_so() {
    for attribute in [json!({ "S": "secret", "N": "1" }), json!({ "S": null }), json!(null)] {
        let mut item = user_item();
        item["email"] = attribute;
        let table = FakeTable::start(Reply::Item(item)).await;
        let (response, line) = get_user(&table.url).await;
        assert_response(&response, 503, "SERVICE_UNAVAILABLE");
        assert_cause(&line, "the table's response could not be parsed: status 200: ");
        assert_eq!(table.requests().len(), 1);
        assert!(!line.to_string().contains("secret"), "{line}");
    }
}

#[tokio::test]
async fn a_table_that_hangs_is_503_after_two_seconds() {
    let table = FakeTable::start(Reply::Hang).await;
    let started = Instant::now();
    let (response, line) = get_user(&table.url).await;
    assert_response(&response, 503, "SERVICE_UNAVAILABLE");
    // The operation timed out, and each attempt before. Wall-clock time is only bounded.
    assert_cause(&line, "occurred after 2s");
    assert!((2..=3).contains(&table.requests().len()), "{:?}", table.requests());
    assert_eq!(line["table_attempts"], table.requests().len());
    let elapsed = started.elapsed();
    assert!(elapsed < Duration::from_secs(20));
    // The log has milliseconds.
    let table_ms = line["table_ms"].as_f64().unwrap();
    assert!((2_000.0..=line["ms"].as_f64().unwrap()).contains(&table_ms), "{line}");
    assert!(line["ms"].as_f64().unwrap() <= elapsed.as_secs_f64() * 1e3, "{line}");
}

#[tokio::test]
async fn no_server_at_the_tables_address_is_503() {
    let (response, line) = get_user("http://127.0.0.1:1").await;
    assert_response(&response, 503, "SERVICE_UNAVAILABLE");
    assert_cause(&line, "Connection refused");
}

#[tokio::test]
async fn a_refused_request_is_500_and_is_not_retried() {
    for code in [
        "ResourceNotFoundException",
        "AccessDeniedException",
        "ValidationException",
        "UnrecognizedClientException",
    ] {
        let table = FakeTable::start(Reply::Error(400, code)).await;
        let (response, line) = get_user(&table.url).await;
        assert_response(&response, 500, "INTERNAL_ERROR");
        assert_cause(&line, "DynamoDB refused the request: status 400: ");
        assert_cause(&line, code);
        assert_eq!(table.requests().len(), 1, "{code}");
    }
    let table = FakeTable::start(Reply::Nothing(403)).await;
    let (response, line) = get_user(&table.url).await;
    assert_response(&response, 500, "INTERNAL_ERROR");
    assert_cause(&line, "status 403");
}

#[tokio::test]
async fn an_item_of_another_user_is_500_and_is_not_shown() {
    for id in [
        json!({ "S": "user_12345678" }),
        json!({ "S": "user_1234567890" }),
        json!({ "S": "USER_123456789" }),
        json!({ "N": "1" }),
    ] {
        let mut item = user_item();
        item["id"] = id;
        let table = FakeTable::start(Reply::Item(item)).await;
        let (response, line) = get_user(&table.url).await;
        assert_response(&response, 500, "INTERNAL_ERROR");
        assert_cause(&line, "the item's `id` is not the requested one");
        assert!(!response.to_string().contains("secret"), "{response}");
    }
}

#[tokio::test]
async fn a_record_of_another_key_is_neither_an_allow_nor_a_deny() {
    let mut record = key_record();
    record["key_hash"] = json!({ "S": "another" });
    let table = FakeTable::script([Reply::Item(record), Reply::Item(key_record())]).await;
    let api = Api::with_dynamodb(&table.url).await;
    let failure = api.try_invoke("AuthorizerFunction", &event("authorizer/allow")).await;
    assert_eq!(failure.unwrap_err()["errorType"], "NotDecided");
    let line = api.request_line("authorizer", 1).await;
    assert_eq!(line["decision"], "failed");
    assert_cause(&line, "the item's `key_hash` is not the requested one");
    // It was not kept in memory: the next request reads the table again.
    let response = api.invoke("AuthorizerFunction", &event("authorizer/allow")).await;
    assert_eq!(response["policyDocument"]["Statement"][0]["Effect"], "Allow");
    assert_eq!(table.requests().len(), 2);
}

#[tokio::test]
async fn a_broken_item_of_another_account_is_403_and_of_the_same_account_500() {
    let mut item = user_item();
    item["email"] = json!({ "N": "4711" });
    for (account_id, status, code) in
        [("acc_other", 403, "FORBIDDEN"), ("acc_789123456", 500, "INTERNAL_ERROR")]
    {
        item["account_id"] = json!({ "S": account_id });
        let table = FakeTable::start(Reply::Item(item.clone())).await;
        let (response, _) = get_user(&table.url).await;
        assert_response(&response, status, code);
    }
    // Without an account it is unknown whether the caller may see it.
    item["account_id"] = json!({ "N": "1" });
    let table = FakeTable::start(Reply::Item(item)).await;
    let (response, line) = get_user(&table.url).await;
    assert_response(&response, 500, "INTERNAL_ERROR");
    assert_cause(&line, "attribute `account_id` is missing or not a String");
}

#[tokio::test]
async fn a_table_of_keys_that_fails_is_neither_an_allow_nor_a_deny() {
    for reply in [
        Reply::Hang,
        Reply::Error(400, "AccessDeniedException"),
        Reply::Garbage,
        Reply::Nothing(200),
        Reply::Nothing(204),
        Reply::Damaged,
    ] {
        let table = FakeTable::start(reply).await;
        let api = Api::with_dynamodb(&table.url).await;
        let response = api.get(PAGE_USER, &key("reads its account")).await;
        response.assert_error(503, "SERVICE_UNAVAILABLE", "Service temporarily unavailable");
        assert_eq!(api.request_line("authorizer", 1).await["decision"], "failed");
    }
}

#[tokio::test]
async fn in_an_outage_the_number_of_retries_is_limited() {
    const REQUESTS: usize = 60;
    // The SDK's retry quota: 500 tokens, of which the retry of a transient error takes 10.
    const RETRIES: usize = 50;
    let outage = vec![Reply::Error(500, "InternalServerError"); REQUESTS + RETRIES];
    let table = FakeTable::script(outage.into_iter().chain([Reply::Empty])).await;
    let api = Api::with_dynamodb(&table.url).await;
    for _ in 0..REQUESTS {
        let response = api.invoke("GetUserFunction", &event("get-user/found")).await;
        assert_response(&response, 503, "SERVICE_UNAVAILABLE");
    }
    assert_eq!(table.requests().len(), REQUESTS + RETRIES);
    let response = api.invoke("GetUserFunction", &event("get-user/found")).await;
    assert_response(&response, 404, "NOT_FOUND");
}

/// The item of the page's user, with a value that must not be shown.
pub(crate) fn user_item() -> Value {
    json!({
        "id": { "S": "user_123456789" },
        "email": { "S": "secret" },
        "name": { "S": "secret" },
        "account_id": { "S": "acc_789123456" },
        "status": { "S": "active" },
        "created_time": { "S": "2024-01-15T10:30:00Z" },
    })
}

/// The record of the key in `authorizer/allow`.
pub(crate) fn key_record() -> Value {
    let key = credira_users::api_key::ApiKey::parse(&key("reads its account")).unwrap();
    json!({
        "key_hash": { "S": key.hash() },
        "key_id": { "S": "key_1" },
        "account_id": { "S": "acc_1" },
    })
}
