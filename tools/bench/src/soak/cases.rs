//! The requests, and the response to each while there are no faults.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, SecondsFormat::Secs, Utc};
use credira_local::demo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longer than the gateway waits for two functions.
const TIMEOUT: Duration = Duration::from_secs(60);

const USERS: &str = "user_123456789 user_987654321 user_200000002 user_300000003 user_400000004 \
    user_000000000 john.doe user_%31 user_123456789/";
/// The name of a demo key, or another credential, and the status for each of these users.
const READS: [(&str, &[u16]); 10] = [
    ("reads its account", &[200, 200, 200, 403, 500, 404, 400, 400, 404]),
    ("reads itself", &[200, 403, 403, 403, 403, 403, 400, 400, 404]),
    ("reads everyone", &[200, 200, 200, 200, 500, 404, 400, 400, 404]),
    ("reads another account", &[403, 403, 403, 200, 403, 404, 400, 400, 404]),
    ("is expired", &[401]),
    ("is revoked", &[401]),
    // It has the form of a key, and was never issued.
    ("Bearer crd_test_Unknown00000000000000000000000000000000000033Yct1", &[401]),
    ("Bearer crd_test_1", &[401]),
    ("Basic Y3JkOmNyZA==", &[401]),
    ("", &[401, 401, 401, 401, 401, 401, 401]),
];
/// What no function is asked for, and the status.
const ROUTES: [(&str, u16); 5] = [
    ("POST /v1/users/user_123456789", 405),
    ("BREW /v1/users/user_123456789", 405),
    ("DELETE /v1/users", 404),
    ("GET /v1/users/user_123456789/x", 404),
    ("GET /", 404),
];

/// The head and body of a response that a fault causes, without time and `X-Request-Id`.
const UNAVAILABLE: [&str; 2] = [
    "HTTP/1.1 503 Service Unavailable\ncache-control: no-store\nconnection: close\n\
     content-type: application/json\nretry-after: 1\nx-amz-apigw-id: ID\n\
     x-content-type-options: nosniff\n\n",
    r#"{"success":false,"error":{"code":"SERVICE_UNAVAILABLE","message":"Service temporarily unavailable"},"meta":{"request_id":"req_ID"}}"#,
];
const INTERNAL: [&str; 2] = [
    "HTTP/1.1 500 Internal Server Error\ncache-control: no-store\nconnection: close\n\
     content-type: application/json\nx-amz-apigw-id: ID\nx-content-type-options: nosniff\n\n",
    r#"{"success":false,"error":{"code":"INTERNAL_ERROR","message":"Internal server error"},"meta":{"request_id":"req_ID"}}"#,
];

/// A request, and the response to it.
pub(super) struct Case {
    pub(super) request: String,
    pub(super) response: String,
    /// Whether the table of users may be read for it.
    may_read_users: bool,
}

/// Sends each request once, the reads as `HEAD` and conditional too. Fails if a response has another
/// status than its case says.
pub(super) async fn learn(gateway: SocketAddr) -> Result<Vec<Case>> {
    let request = |what: &str, headers: &str| {
        format!("{what} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n")
    };
    let mut requests = Vec::from(ROUTES.map(|(what, status)| (request(what, ""), status)));
    let keys = demo::keys()?;
    for (credential, statuses) in READS {
        let demo = keys.iter().find(|key| key.name == credential);
        let value = demo.map_or(credential.to_owned(), |demo| format!("Bearer {}", demo.key));
        let key = format!("authorization: {value}\r\n");
        for (id, status) in USERS.split_whitespace().zip(statuses) {
            for method in ["GET", "HEAD"] {
                let what = format!("{method} /v1/users/{id}");
                requests.push((request(&what, &key), *status));
                if *status == 200 {
                    requests.push((request(&what, &format!("{key}if-none-match: *\r\n")), 304));
                }
            }
        }
    }
    let mut cases = Vec::new();
    for (request, status) in requests {
        let response = send(gateway, &request).await?;
        let is_expected = response.starts_with(&format!("HTTP/1.1 {status} "));
        ensure!(is_expected, "no {status}, without a fault:\n{request}{response}");
        cases.push(Case { request, response, may_read_users: ![400, 401, 405].contains(&status) });
    }
    Ok(cases)
}

impl Case {
    /// Whether a fault can have caused this response: a whole 503, or, if the table of users may be
    /// read, a whole 500.
    pub(super) fn can_fail_with(&self, response: &str) -> bool {
        if response == self.response {
            return false;
        }
        // The gateway's own responses lack the time, and the header with the request ID.
        let response =
            response.replace("x-request-id: req_ID\n", "").replace(r#""timestamp":"NOW","#, "");
        let is = |[head, body]: [&str; 2]| {
            let body = if self.request.starts_with("HEAD") { "" } else { body };
            response.strip_prefix(head) == Some(body)
        };
        is(UNAVAILABLE) || self.may_read_users && is(INTERNAL)
    }
}

/// Returns the response without what differs from one to the next: headers are sorted, and there is
/// a word instead of the request ID, wherever it is, and of the time, if it is now.
pub(super) async fn send(gateway: SocketAddr, request: &str) -> Result<String> {
    let sent = Utc::now().timestamp();
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
    let mut text = format!("{}\n\n{body}", lines.join("\n"));
    text = text.replace(id.context("no request ID")?, "ID");
    for second in sent..=Utc::now().timestamp() {
        let time = DateTime::from_timestamp(second, 0).context("no time")?;
        text = text.replace(&time.to_rfc3339_opts(Secs, true), "NOW");
    }
    Ok(text)
}
