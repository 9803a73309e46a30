//! The requests, and the response to each while there are no faults.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, ensure};
use chrono::Utc;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longer than the gateway waits for two functions.
const TIMEOUT: Duration = Duration::from_secs(60);
const USERS: &str = include_str!("../../../local/demo/users.json");
const API_KEYS: &str = include_str!("../../../local/demo/api-keys.json");

/// It has the form of a key, and was never issued.
const UNKNOWN_KEY: &str = "crd_test_Unknown00000000000000000000000000000000000033Yct1";

/// The name of a demo key or of another credential, what is requested, and the status.
const CASES: [(&str, &str, u16); 35] = [
    ("reads its account", "GET /v1/users/user_123456789", 200),
    ("reads its account", "GET /v1/users/user_987654321", 200),
    ("reads its account", "GET /v1/users/user_100000001", 200),
    ("reads its account", "GET /v1/users/user_200000002", 200),
    ("reads its account", "GET /v1/users/user_300000003", 403),
    ("reads its account", "GET /v1/users/user_400000004", 500),
    ("reads its account", "GET /v1/users/user_000000000", 404),
    ("reads its account", "GET /v1/users/john.doe", 400),
    ("reads its account", "GET /v1/users/user_%31", 400),
    ("reads its account", "GET /v1/users/user_123456789/", 404),
    ("reads its account", "POST /v1/users/user_123456789", 405),
    ("reads itself", "GET /v1/users/user_123456789", 200),
    ("reads itself", "GET /v1/users/user_987654321", 403),
    ("reads itself", "GET /v1/users/user_300000003", 403),
    ("reads itself", "GET /v1/users/user_000000000", 403),
    ("reads everyone", "GET /v1/users/user_123456789", 200),
    ("reads everyone", "GET /v1/users/user_100000001", 200),
    ("reads everyone", "GET /v1/users/user_300000003", 200),
    ("reads everyone", "GET /v1/users/user_000000000", 404),
    ("reads another account", "GET /v1/users/user_300000003", 200),
    ("reads another account", "GET /v1/users/user_300000004", 200),
    ("reads another account", "GET /v1/users/user_123456789", 403),
    ("reads another account", "GET /v1/users/user_400000004", 403),
    ("is expired", "GET /v1/users/user_123456789", 401),
    ("is revoked", "GET /v1/users/user_123456789", 401),
    ("unknown", "GET /v1/users/user_123456789", 401),
    ("malformed", "GET /v1/users/user_123456789", 401),
    ("another scheme", "GET /v1/users/user_123456789", 401),
    ("twice", "GET /v1/users/user_123456789", 401),
    ("none", "GET /v1/users/user_123456789", 401),
    ("none", "GET /v1/users/john.doe", 401),
    ("none", "BREW /v1/users/user_123456789", 405),
    ("none", "DELETE /v1/users", 404),
    ("none", "GET /v1/users/user_123456789/x", 404),
    ("none", "GET /", 404),
];

/// A request, and the response to it.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) request: String,
    pub(super) response: String,
    /// Whether a table is read for it.
    pub(super) reads_a_table: bool,
}

/// Sends each request once, the reads as `HEAD` and conditional too. Fails if a response has another
/// status, or shows another user, than its case says.
pub(super) async fn learn(gateway: SocketAddr) -> Result<Vec<Case>> {
    let users: Vec<Value> = serde_json::from_str(USERS)?;
    let keys: Vec<Value> = serde_json::from_str(API_KEYS)?;
    let good = keys.first().and_then(|key| key["key"].as_str()).context("no demo key")?;
    let mut cases = Vec::new();
    for (credential, what, status) in CASES {
        let demo = keys.iter().find(|key| key["name"] == credential);
        let values = match demo.and_then(|key| key["key"].as_str()) {
            Some(key) => vec![format!("Bearer {key}")],
            None if credential == "unknown" => vec![format!("Bearer {UNKNOWN_KEY}")],
            None if credential == "malformed" => vec!["Bearer crd_test_1".to_owned()],
            None if credential == "another scheme" => vec![format!("Basic {good}")],
            None if credential == "twice" => vec![format!("Bearer {good}"); 2],
            None => vec![],
        };
        let headers: String =
            values.iter().map(|value| format!("authorization: {value}\r\n")).collect();
        let is_looked_up = demo.is_some() || credential == "unknown";
        let mut variants = vec![(what.to_owned(), String::new(), status)];
        if what.starts_with("GET") {
            let head = what.replace("GET", "HEAD");
            variants.push((head.clone(), String::new(), status));
            if status == 200 {
                let response = send(gateway, &request(what, &headers)).await?;
                let etag = response.lines().find_map(|line| line.strip_prefix("etag: "));
                let etag = format!("if-none-match: \"0\", {}\r\n", etag.context("no ETag")?);
                variants.push((what.to_owned(), etag, 304));
                variants.push((head, "if-none-match: *\r\n".to_owned(), 304));
            }
        }
        for (what, condition, status) in variants {
            let request = request(&what, &(headers.clone() + &condition));
            let response = send(gateway, &request).await?;
            let name = format!("{what} by \"{credential}\" {}", condition.trim_end());
            let is_user = |user: &&Value| user["id"].as_str().is_some_and(|id| what.ends_with(id));
            let user = users.iter().find(is_user);
            ensure!(
                is_right(&response, &what, status, user),
                "{name}, without a fault: {response}"
            );
            let is_read = what.starts_with("GET /v1/users/") || what.starts_with("HEAD /v1/users/");
            cases.push(Case { name, request, response, reads_a_table: is_read && is_looked_up });
        }
    }
    Ok(cases)
}

/// Whether the response has this status, its own ID and time, and the user.
fn is_right(response: &str, what: &str, status: u16, user: Option<&Value>) -> bool {
    let mut parts = vec![format!("HTTP/1.1 {status} "), "\nx-request-id: req_ID\n".to_owned()];
    if !what.starts_with("HEAD") && status != 304 {
        parts.push(r#""meta":{"timestamp":"NOW","request_id":"req_ID"}"#.to_owned());
    }
    if let Some(user) = user.filter(|_| what.starts_with("GET") && status == 200) {
        parts.push(format!(r#""data":{{"id":{},"email":{},"#, user["id"], user["email"]));
    }
    parts.iter().all(|part| response.contains(part))
}

fn request(what: &str, headers: &str) -> String {
    format!("{what} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n")
}

/// Returns the response without what differs from one to the next: headers are sorted, and there is
/// a word instead of the request ID, wherever it is, and of the time, if it is now.
pub(super) async fn send(gateway: SocketAddr, request: &str) -> Result<String> {
    let now = || Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let sent = now();
    let mut response = String::new();
    timeout(TIMEOUT, async {
        let mut connection = TcpStream::connect(gateway).await?;
        connection.write_all(request.as_bytes()).await?;
        connection.read_to_string(&mut response).await
    })
    .await??;
    let (head, body) = response.split_once("\r\n\r\n").context("no response")?;
    let is_transport = |line: &str| {
        ["date: ", "content-length: ", "x-amzn-requestid: "].iter().any(|it| line.starts_with(it))
    };
    let mut lines: Vec<_> = head.lines().filter(|line| !is_transport(line)).collect();
    lines.sort_unstable();
    let id = lines.iter().find_map(|line| line.strip_prefix("x-amz-apigw-id: "));
    let text = format!("{}\n\n{body}", lines.join("\n"));
    let text = text.replace(id.context("no request ID")?, "ID");
    let time = text.rsplit_once(r#""timestamp":""#).and_then(|(_, rest)| rest.get(..now().len()));
    let time = time.filter(|time| (sent.as_str()..=&now()).contains(time));
    Ok(time.map_or(text.clone(), |time| text.replace(time, "NOW")))
}

/// The status, if this is a whole 500 or 503. One that the gateway makes by itself has no time, and
/// its ID only in the body.
pub(super) fn failure(response: &str, request: &str) -> Option<u16> {
    let retry = "retry-after: 1\n";
    for (status, reason, code, message, retry) in [
        (500, "Internal Server Error", "INTERNAL_ERROR", "Internal server error", ""),
        (
            503,
            "Service Unavailable",
            "SERVICE_UNAVAILABLE",
            "Service temporarily unavailable",
            retry,
        ),
    ] {
        for (id, time) in [("\nx-request-id: req_ID", r#""timestamp":"NOW","#), ("", "")] {
            let headers = format!(
                "cache-control: no-store\nconnection: close\ncontent-type: application/json\n\
                 {retry}x-amz-apigw-id: ID\nx-content-type-options: nosniff{id}"
            );
            let error = format!(r#"{{"code":"{code}","message":"{message}"}}"#);
            let meta = format!(r#"{{{time}"request_id":"req_ID"}}"#);
            let body = format!(r#"{{"success":false,"error":{error},"meta":{meta}}}"#);
            let body = if request.starts_with("HEAD") { "" } else { &body };
            if response == format!("HTTP/1.1 {status} {reason}\n{headers}\n\n{body}") {
                return Some(status);
            }
        }
    }
    None
}
