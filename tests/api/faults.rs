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

/// A fault: how the table replies to each request, and the status, the number of attempts, the number of
/// connections that these use, and the cause in the log.
struct Fault(Reply, u16, usize, usize, &'static str);

impl Fault {
    /// A response that is bad or not DynamoDB's. Another connection may lead to another server.
    fn bad(reply: Reply, cause: &'static str) -> Self {
        Self(reply, 503, 3, 3, cause)
    }

    fn throttled(code: &'static str, cause: &'static str) -> Self {
        Self(Reply::error(400, code), 503, 3, 1, cause)
    }

    fn refused(reply: Reply, cause: &'static str) -> Self {
        Self(reply, 500, 1, 1, cause)
    }

    fn unparsable(email: Value) -> Self {
        let cause = "the table's response could not be parsed: status 200: ";
        Self(Reply::item(&user_with(json!({ "email": email }))), 503, 1, 1, cause)
    }

    fn other_user(id: Value) -> Self {
        let cause = "the item's `id` is not the requested one";
        Self(Reply::item(&user_with(json!({ "id": id }))), 500, 1, 1, cause)
    }
}

#[tokio::test]
async fn each_fault_has_its_status_attempts_and_cause_and_is_neither_an_allow_nor_a_deny() {
    for Fault(reply, status, attempts, connections, cause) in [
        Fault::bad(Reply::error(500, "InternalServerError"), "InternalServerError"),
        Fault::bad(Reply::error(400, "RequestTimeout"), "RequestTimeout"),
        Fault::bad(Reply::body(200, "<html>"), "status 200 without a response of DynamoDB"),
        Fault::bad(Reply::body(200, r#"{"message":"ok"}"#), "status 200 without a response"),
        Fault::bad(Reply::body(200, r#"{"__type":"x#Y"}"#), "status 200 without a response"),
        Fault::bad(Reply::body(200, ""), "status 200 without a response"),
        Fault::bad(Reply::body(201, "{}"), "status 201 without a response"),
        Fault::bad(Reply::body(302, ""), "status 302 without a response"),
        Fault::bad(Reply::body(408, ""), "status 408 without a response"),
        Fault::bad(Reply::body(429, ""), "status 429 without a response"),
        Fault::bad(Reply::body(502, ""), "status 502"),
        Fault::bad(Reply::not_http(), "invalid HTTP version parsed"),
        Fault::bad(Reply::damaged(), "the response body does not match its checksum"),
        Fault::bad(Reply::part().then(Ending::Endless), "length limit exceeded"),
        Fault::bad(Reply::part().then(Ending::Close), "end of file before message length reached"),
        Fault::bad(Reply::part().then(Ending::Reset), "Connection reset by peer"),
        Fault::throttled("ProvisionedThroughputExceededException", "status 400"),
        Fault::throttled("ThrottlingException", "ThrottlingException"),
        Fault::refused(Reply::error(400, "ResourceNotFoundException"), "ResourceNotFoundException"),
        Fault::refused(Reply::error(400, "AccessDeniedException"), "AccessDeniedException"),
        Fault::refused(Reply::error(400, "ValidationException"), "ValidationException"),
        Fault::refused(Reply::body(403, ""), "status 403: "),
        Fault::unparsable(json!({ "S": "secret", "N": "1" })),
        Fault::unparsable(json!({ "S": null })),
        Fault::unparsable(json!(null)),
        Fault::other_user(json!({ "S": "user_12345678" })),
        Fault::other_user(json!({ "S": "user_1234567890" })),
        Fault::other_user(json!({ "S": "USER_123456789" })),
        Fault::other_user(json!({ "N": "1" })),
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
