//! A table that fails, in every way that it can.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};

use crate::{
    client::{Api, PAGE_USER},
    events::event,
    keys::key,
};

#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// No fault: an answer without an item.
    Empty,
    /// No fault: this item, whatever was asked.
    Item(Value),
    /// Takes the request, and never answers.
    Hangs,
    /// Answers with a DynamoDB error of this status and type.
    Error(u16, &'static str),
    /// Answers with something that is no answer of DynamoDB's.
    Garbage,
    /// Answers with this status and nothing else.
    Nothing(u16),
    /// Answers as one without an item would, and with the checksum of another answer.
    Damaged,
    /// Answers without an end.
    Endless,
    /// Closes the connection in the middle of its answer.
    CutOff,
}

/// Stands where DynamoDB should be, and counts what it is asked.
pub(crate) struct FaultyTable {
    pub(crate) url: String,
    requests: Arc<AtomicUsize>,
}

impl FaultyTable {
    pub(crate) async fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let count = requests.clone();
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(connection, fault.clone(), count.clone()));
            }
        });
        Self { url, requests }
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

/// Answers one request, and closes the connection.
pub(crate) async fn serve(
    mut connection: impl AsyncRead + AsyncWrite + Unpin,
    fault: Fault,
    count: Arc<AtomicUsize>,
) {
    let mut request = Vec::new();
    // A request's body is one JSON object without another `}` at the end of a segment.
    while !request.ends_with(b"}") {
        if connection.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    count.fetch_add(1, Ordering::Relaxed);
    let (status, body) = match fault {
        Fault::Empty => (200, "{}".to_owned()),
        Fault::Item(ref item) => (200, json!({ "Item": item }).to_string()),
        Fault::Hangs => std::future::pending().await,
        Fault::Error(status, code) => {
            (status, format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}"}}"#))
        }
        Fault::Garbage => (200, "<html>".to_owned()),
        Fault::Nothing(status) => (status, String::new()),
        Fault::Damaged => (200, "{}".to_owned()),
        Fault::Endless | Fault::CutOff => (200, r#"{"Item":{"#.to_owned()),
    };
    let rest = match fault {
        Fault::Endless => 1_usize << 40,
        Fault::CutOff => 100,
        _ => 0,
    };
    let length = body.len() + rest;
    let checksum = match fault {
        Fault::Damaged => crc32fast::hash(b"another"),
        _ => crc32fast::hash(body.as_bytes()),
    };
    let answer = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\n\
         x-amz-crc32: {checksum}\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    // The client may have given up.
    let _ = connection.write_all(answer.as_bytes()).await;
    if matches!(fault, Fault::Endless) {
        while connection.write_all(&[b' '; 65_536]).await.is_ok() {}
    }
    let _ = connection.shutdown().await;
}

/// What `get-user` says while its table has a fault.
async fn get_user(url: String) -> (Value, String) {
    let api = Api::with_dynamodb(&url).await;
    let answer = api.invoke("GetUserFunction", &event("get-user/found")).await;
    (answer, api.answered())
}

#[track_caller]
fn assert_answer(answer: &Value, status: u16, code: &str) {
    assert_eq!(answer["statusCode"], status, "{answer}");
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["error"]["code"], code);
    let retry_after = answer["headers"]["retry-after"].as_str();
    assert_eq!(retry_after, (status == 503).then_some("1"));
    assert_eq!(body["meta"]["request_id"], answer["headers"]["x-request-id"]);
    assert!(body["meta"]["timestamp"].is_string());
}

#[tokio::test]
async fn a_table_that_cannot_answer_now_is_503() {
    for fault in [
        Fault::Hangs,
        Fault::Error(500, "InternalServerError"),
        Fault::Error(503, "ServiceUnavailable"),
        Fault::Error(400, "ProvisionedThroughputExceededException"),
        Fault::Error(400, "RequestLimitExceeded"),
        Fault::Error(400, "ThrottlingException"),
        Fault::Garbage,
        Fault::Nothing(200),
        Fault::Nothing(204),
        Fault::Damaged,
        Fault::Endless,
        Fault::CutOff,
    ] {
        let table = FaultyTable::start(fault.clone()).await;
        let started = std::time::Instant::now();
        let (answer, log) = get_user(table.url.clone()).await;
        println!("{fault:?}: {:?}, {} requests", started.elapsed(), table.requests());
        assert_answer(&answer, 503, "SERVICE_UNAVAILABLE");
        assert!(log.contains("the table could not be read in time: "), "{log}");
    }
}

#[tokio::test]
async fn nobody_at_the_tables_address_is_503() {
    let (answer, log) = get_user("http://127.0.0.1:1".into()).await;
    assert_answer(&answer, 503, "SERVICE_UNAVAILABLE");
    assert!(log.contains("Connection refused"), "{log}");
}

#[tokio::test]
async fn a_table_that_somebody_must_mend_is_500() {
    for code in [
        "ResourceNotFoundException",
        "AccessDeniedException",
        "ValidationException",
        "UnrecognizedClientException",
    ] {
        let table = FaultyTable::start(Fault::Error(400, code)).await;
        let (answer, log) = get_user(table.url.clone()).await;
        assert_answer(&answer, 500, "INTERNAL_ERROR");
        assert!(log.contains("the request was refused: answered 400 Bad Request: "), "{log}");
        assert!(log.contains(code), "{log}");
        // Another try would change nothing.
        assert_eq!(table.requests(), 1, "{code}");
    }
}

#[tokio::test]
async fn the_log_has_the_status_of_an_answer_that_says_no_more() {
    for (status, text) in [(403, "403 Forbidden"), (502, "502 Bad Gateway")] {
        let table = FaultyTable::start(Fault::Nothing(status)).await;
        let (_, log) = get_user(table.url.clone()).await;
        assert!(log.contains(text), "{log}");
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_kept_in_memory() {
    let table = FaultyTable::start(Fault::Endless).await;
    let (_, log) = get_user(table.url.clone()).await;
    assert!(log.contains("length limit exceeded"), "{log}");
}

#[tokio::test]
async fn a_fault_that_may_pass_is_tried_three_times() {
    for fault in [
        Fault::Error(500, "InternalServerError"),
        Fault::Error(400, "ThrottlingException"),
        Fault::Error(400, "RequestTimeout"),
        Fault::Error(400, "TooManyRequestsException"),
        Fault::Nothing(408),
        Fault::Nothing(429),
        Fault::Nothing(502),
        Fault::Nothing(200),
        Fault::Garbage,
        Fault::Damaged,
    ] {
        let table = FaultyTable::start(fault.clone()).await;
        get_user(table.url.clone()).await;
        assert_eq!(table.requests(), 3, "{fault:?}");
    }
}

#[tokio::test]
async fn a_table_of_keys_that_fails_is_neither_an_allow_nor_a_deny() {
    for fault in [
        Fault::Hangs,
        Fault::Error(400, "AccessDeniedException"),
        Fault::Garbage,
        Fault::Nothing(200),
        Fault::Nothing(204),
        Fault::Damaged,
    ] {
        let table = FaultyTable::start(fault).await;
        let api = Api::with_dynamodb(&table.url).await;
        let answer = api.get(PAGE_USER, &key("reads its account")).await;
        answer.assert_error(503, "SERVICE_UNAVAILABLE", "Service temporarily unavailable");
    }
}
