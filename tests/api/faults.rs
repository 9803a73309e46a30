//! A table that fails, in every way that it can.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    client::{Api, PAGE_USER, Response},
    events::event,
    fake_table::{Ending, FakeTable, Reply, key_record, record_with, user_item, user_with},
    keys::key,
};

/// The response of `get-user` with the table at this URL, and the line of the request.
pub(crate) async fn get_user(url: &str) -> (Response, Value) {
    let api = Api::with_dynamodb(url).await;
    let response = api.get_user(&event("get-user/found")).await;
    (response, api.request_line("get-user", 1).await)
}

#[track_caller]
fn assert_cause(line: &Value, text: &str) {
    assert!(line["cause"].as_str().unwrap().contains(text), "{line}");
}

#[tokio::test]
async fn a_transient_fault_has_three_attempts_and_is_503() {
    for (reply, cause) in [
        (Reply::error(500, "InternalServerError"), "InternalServerError"),
        (Reply::error(503, "ServiceUnavailable"), "ServiceUnavailable"),
        (Reply::error(400, "ProvisionedThroughputExceededException"), "status 400"),
        (Reply::error(400, "RequestLimitExceeded"), "RequestLimitExceeded"),
        (Reply::error(400, "RequestTimeout"), "RequestTimeout"),
        (Reply::error(400, "ThrottlingException"), "ThrottlingException"),
        (Reply::error(400, "TooManyRequestsException"), "TooManyRequestsException"),
        (Reply::body(200, "<html>"), "status 200 without a response of DynamoDB"),
        (Reply::body(200, r#"{"message":"ok"}"#), "status 200 without a response"),
        (Reply::body(200, "[]"), "status 200 without a response of DynamoDB"),
        (Reply::body(200, r#""ok""#), "status 200 without a response of DynamoDB"),
        (Reply::body(200, r#"{"__type":"x#Y"}"#), "status 200 without a response"),
        (Reply::body(201, "{}"), "status 201 without a response of DynamoDB"),
        (Reply::not_http(), "invalid HTTP version parsed"),
        (Reply::body(200, ""), "status 200 without a response of DynamoDB"),
        (Reply::body(204, ""), "status 204 without a response of DynamoDB"),
        (Reply::body(301, ""), "status 301 without a response of DynamoDB"),
        (Reply::body(302, ""), "status 302 without a response of DynamoDB"),
        (Reply::body(408, ""), "status 408 without a response of DynamoDB"),
        (Reply::body(429, ""), "status 429 without a response of DynamoDB"),
        (Reply::body(502, ""), "status 502"),
        (Reply::damaged(), "the response body does not match its checksum"),
        (Reply::part().then(Ending::Endless), "length limit exceeded"),
        (Reply::part().then(Ending::Close), "end of file before message length reached"),
        (Reply::part().then(Ending::Reset), "Connection reset by peer"),
    ] {
        let table = FakeTable::start([reply.clone()]).await;
        let (response, line) = get_user(&table.url).await;
        assert_eq!(response.status, 503, "{reply:?}");
        assert_cause(&line, "the table could not be read in time: ");
        assert_cause(&line, cause);
        assert_eq!(line["table_attempts"], 3, "{reply:?}");
        assert_eq!(table.requests().len(), 3, "{reply:?}");
    }
}

#[tokio::test]
async fn a_member_that_the_response_of_the_table_has_not_had_before_is_ignored() {
    for (item, status) in [(Some(user_item()), 200), (None, 404)] {
        let mut body = json!({ "Metrics": {} });
        body.as_object_mut().unwrap().extend(item.map(|item| ("Item".to_owned(), item)));
        let table = FakeTable::start([Reply::body(200, &body.to_string())]).await;
        let (response, line) = get_user(&table.url).await;
        assert_eq!((response.status, &line["table_attempts"]), (status, &json!(1)));
    }
}

#[tokio::test]
async fn an_item_that_the_sdk_cannot_parse_is_503_and_the_log_says_so() {
    for attribute in [json!({ "S": "secret", "N": "1" }), json!({ "S": null }), json!(null)] {
        let table =
            FakeTable::start([Reply::item(&user_with(json!({ "email": attribute })))]).await;
        let (response, line) = get_user(&table.url).await;
        assert_eq!(response.status, 503);
        assert_cause(&line, "the table's response could not be parsed: status 200: ");
        assert_eq!(table.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_table_that_hangs_is_503_after_two_seconds() {
    let table = FakeTable::start([Reply::none()]).await;
    let started = Instant::now();
    let (response, line) = get_user(&table.url).await;
    assert_eq!(response.status, 503);
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
    assert_eq!(response.status, 503);
    assert_cause(&line, "Connection refused");
}

#[tokio::test]
async fn a_refused_request_is_500_and_is_not_retried() {
    for (reply, cause) in [
        (Reply::error(400, "ResourceNotFoundException"), "ResourceNotFoundException"),
        (Reply::error(400, "AccessDeniedException"), "AccessDeniedException"),
        (Reply::error(400, "ValidationException"), "ValidationException"),
        (Reply::error(400, "UnrecognizedClientException"), "UnrecognizedClientException"),
        (Reply::body(403, ""), "status 403: "),
    ] {
        let table = FakeTable::start([reply]).await;
        let (response, line) = get_user(&table.url).await;
        assert_eq!(response.status, 500);
        assert_cause(&line, "DynamoDB refused the request: status 40");
        assert_cause(&line, cause);
        assert_eq!(table.requests().len(), 1, "{cause}");
    }
}

#[tokio::test]
async fn an_item_of_another_user_is_500_and_is_not_shown() {
    for id in [
        json!({ "S": "user_12345678" }),
        json!({ "S": "user_1234567890" }),
        json!({ "S": "USER_123456789" }),
        json!({ "N": "1" }),
    ] {
        let table = FakeTable::start([Reply::item(&user_with(json!({ "id": id })))]).await;
        let (response, line) = get_user(&table.url).await;
        assert_eq!(response.status, 500);
        assert_cause(&line, "the item's `id` is not the requested one");
    }
}

#[tokio::test]
async fn a_record_of_another_key_is_neither_an_allow_nor_a_deny() {
    let other = record_with(json!({ "key_hash": { "S": "another" } }));
    let table = FakeTable::start([Reply::item(&other), Reply::item(&key_record())]).await;
    let api = Api::with_dynamodb(&table.url).await;
    let report = api.authorize(&event("authorizer/allow")).await.unwrap_err();
    assert_eq!(report["errorType"], "NotDecided");
    let line = api.request_line("authorizer", 1).await;
    assert_cause(&line, "the item's `key_hash` is not the requested one");
    // It was not kept in memory: the next request reads the table again.
    assert_eq!(api.effect(&event("authorizer/allow")).await, "Allow");
    assert_eq!(table.requests().len(), 2);
}

#[tokio::test]
async fn a_broken_item_of_another_account_is_403_and_of_the_same_account_500() {
    for (account_id, status, cause) in [
        (json!({ "S": "acc_other" }), 403, None),
        (json!({ "S": "acc_789123456" }), 500, Some("attribute `email` is missing or")),
        // Without an account it is unknown whether the caller may see it.
        (json!({ "N": "1" }), 500, Some("attribute `account_id` is missing or not a String")),
    ] {
        let item = user_with(json!({ "email": { "N": "4711" }, "account_id": account_id }));
        let table = FakeTable::start([Reply::item(&item)]).await;
        let (response, line) = get_user(&table.url).await;
        assert_eq!(response.status, status);
        cause.inspect(|cause| assert_cause(&line, cause));
    }
}

#[tokio::test]
async fn a_table_of_keys_that_fails_is_neither_an_allow_nor_a_deny() {
    for reply in [
        Reply::none(),
        Reply::error(400, "AccessDeniedException"),
        Reply::body(200, "<html>"),
        Reply::body(200, ""),
        Reply::damaged(),
    ] {
        let table = FakeTable::start([reply]).await;
        let api = Api::with_dynamodb(&table.url).await;
        assert_eq!(api.get(PAGE_USER, &key("reads its account")).await.status, 503);
        assert_eq!(api.request_line("authorizer", 1).await["decision"], "failed");
    }
}

#[tokio::test]
async fn in_an_outage_the_number_of_retries_is_limited() {
    const REQUESTS: usize = 60;
    // The SDK's retry quota: 500 tokens, of which the retry of a transient error takes 10.
    const RETRIES: usize = 50;
    let outage = vec![Reply::error(500, "InternalServerError"); REQUESTS + RETRIES];
    let table = FakeTable::start(outage.into_iter().chain([Reply::empty()])).await;
    let api = Api::with_dynamodb(&table.url).await;
    for _ in 0..REQUESTS {
        assert_eq!(api.get_user(&event("get-user/found")).await.status, 503);
    }
    assert_eq!(table.requests().len(), REQUESTS + RETRIES);
    assert_eq!(api.get_user(&event("get-user/found")).await.status, 404);
}
