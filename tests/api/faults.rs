//! A table that fails, in every way that it can.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    client::Api,
    events::event,
    fake_table::{Ending, FakeTable, Reply, record_with, user_with},
};

#[track_caller]
fn assert_cause(line: &Value, text: &str) {
    assert!(line["cause"].as_str().unwrap().contains(text), "{text}: {line}");
}

#[tokio::test]
async fn each_fault_has_its_status_attempts_and_cause_and_is_neither_an_allow_nor_a_deny() {
    let user = |name: &str, value: Value| Reply::item(&user_with(json!({ name: value })));
    let unparsable = "the table's response could not be parsed: status 200: ";
    let other_user = "the item's `id` is not the requested one";
    // After a bad response another connection is used: it may lead to another server.
    for (reply, status, attempts, connections, cause) in [
        (Reply::error(500, "InternalServerError"), 503, 3, 3, "InternalServerError"),
        (Reply::error(400, "RequestTimeout"), 503, 3, 3, "RequestTimeout"),
        (Reply::body(200, "<html>"), 503, 3, 3, "status 200 without a response of DynamoDB"),
        (Reply::body(200, r#"{"message":"ok"}"#), 503, 3, 3, "status 200 without a response"),
        (Reply::body(200, r#"{"__type":"x#Y"}"#), 503, 3, 3, "status 200 without a response"),
        (Reply::body(200, ""), 503, 3, 3, "status 200 without a response"),
        (Reply::body(201, "{}"), 503, 3, 3, "status 201 without a response"),
        (Reply::body(302, ""), 503, 3, 3, "status 302 without a response"),
        (Reply::body(408, ""), 503, 3, 3, "status 408 without a response"),
        (Reply::body(429, ""), 503, 3, 3, "status 429 without a response"),
        (Reply::body(502, ""), 503, 3, 3, "status 502"),
        (Reply::not_http(), 503, 3, 3, "invalid HTTP version parsed"),
        (Reply::damaged(), 503, 3, 3, "the response body does not match its checksum"),
        (Reply::part().then(Ending::Endless), 503, 3, 3, "length limit exceeded"),
        (Reply::part().then(Ending::Close), 503, 3, 3, "end of file before message length reached"),
        (Reply::part().then(Ending::Reset), 503, 3, 3, "Connection reset by peer"),
        (Reply::error(400, "ProvisionedThroughputExceededException"), 503, 3, 1, "status 400"),
        (Reply::error(400, "ThrottlingException"), 503, 3, 1, "ThrottlingException"),
        (Reply::error(400, "ResourceNotFoundException"), 500, 1, 1, "ResourceNotFoundException"),
        (Reply::error(400, "AccessDeniedException"), 500, 1, 1, "AccessDeniedException"),
        (Reply::error(400, "ValidationException"), 500, 1, 1, "ValidationException"),
        (Reply::body(403, ""), 500, 1, 1, "status 403: "),
        (user("email", json!({ "S": "secret", "N": "1" })), 503, 1, 1, unparsable),
        (user("email", json!({ "S": null })), 503, 1, 1, unparsable),
        (user("email", json!(null)), 503, 1, 1, unparsable),
        (user("id", json!({ "S": "user_12345678" })), 500, 1, 1, other_user),
        (user("id", json!({ "S": "user_1234567890" })), 500, 1, 1, other_user),
        (user("id", json!({ "S": "USER_123456789" })), 500, 1, 1, other_user),
        (user("id", json!({ "N": "1" })), 500, 1, 1, other_user),
    ] {
        let table = FakeTable::start([reply.clone()]).await;
        let api = Api::with_dynamodb(&table.url).await;
        assert_eq!(api.get_user(&event("get-user/found")).await.status, status, "{reply:?}");
        let requests = table.requests();
        let used: BTreeSet<_> = requests.iter().map(|request| request.connection).collect();
        assert_eq!((requests.len(), used.len()), (attempts, connections), "{reply:?}");
        let line = api.request_line("get-user", 1).await;
        assert_eq!(line["table_attempts"], attempts, "{line}");
        assert_cause(&line, cause);
        if attempts == 3 {
            assert_cause(&line, "the table could not be read in time: ");
        }
        let report = api.authorize(&event("authorizer/allow")).await.unwrap_err();
        assert_eq!(report["errorType"], "NotDecided", "{reply:?}");
    }
}

#[tokio::test]
async fn a_member_that_the_response_of_the_table_has_not_had_before_is_ignored() {
    let table = FakeTable::start([Reply::body(200, r#"{"Metrics":{}}"#)]).await;
    let api = Api::with_dynamodb(&table.url).await;
    assert_eq!(api.get_user(&event("get-user/found")).await.status, 404);
    assert_eq!(table.requests().len(), 1);
}

#[tokio::test]
async fn a_table_that_hangs_is_503_after_two_seconds() {
    let table = FakeTable::start([Reply::none()]).await;
    let api = Api::with_dynamodb(&table.url).await;
    let started = Instant::now();
    assert_eq!(api.get_user(&event("get-user/found")).await.status, 503);
    let elapsed = started.elapsed();
    let line = api.request_line("get-user", 1).await;
    // The operation timed out, and each attempt before. Wall-clock time is only bounded.
    assert_cause(&line, "occurred after 2s");
    assert!((2..=3).contains(&table.requests().len()), "{:?}", table.requests());
    assert_eq!(line["table_attempts"], table.requests().len());
    assert!(elapsed < Duration::from_secs(20));
    // The log has milliseconds.
    let table_ms = line["table_ms"].as_f64().unwrap();
    assert!((2_000.0..=line["ms"].as_f64().unwrap()).contains(&table_ms), "{line}");
    assert!(line["ms"].as_f64().unwrap() <= elapsed.as_secs_f64() * 1e3, "{line}");
}

#[tokio::test]
async fn a_record_of_another_key_is_not_kept_in_memory() {
    let other = record_with(json!({ "key_hash": { "S": "another" } }));
    let replies = [other, record_with(json!({}))].map(|record| Reply::item(&record));
    let table = FakeTable::start(replies).await;
    let api = Api::with_dynamodb(&table.url).await;
    let report = api.authorize(&event("authorizer/allow")).await.unwrap_err();
    assert_eq!(report["errorType"], "NotDecided");
    let line = api.request_line("authorizer", 1).await;
    assert_cause(&line, "the item's `key_hash` is not the requested one");
    assert_eq!(api.effect(&event("authorizer/allow")).await, "Allow");
    assert_eq!(table.requests().len(), 2);
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
