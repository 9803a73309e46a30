//! `--fail`: responses that a client should retry.

use serde_json::json;

use crate::local::{Local, PAGE_USER, command, key, send, status};

#[test]
fn a_request_that_fails_on_purpose_gets_the_gateways_response() {
    for (option, retry_after, code, message) in [
        ("429", Some("1"), "RATE_LIMITED", "Too many requests"),
        ("500", None, "INTERNAL_ERROR", "Internal server error"),
        ("503:1.0", Some("1"), "SERVICE_UNAVAILABLE", "Service temporarily unavailable"),
    ] {
        let mut local = Local::start(&["--fail", option]);
        let key = key("reads its account");
        let response = send(
            &local.api,
            &format!("GET {PAGE_USER} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\r\n"),
        );
        let expected = &option[..3];
        assert_eq!(status(&response).to_string(), expected);
        let (headers, body) = response.split_once("\r\n\r\n").unwrap();
        let header =
            |name: &str| headers.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix(": "));
        assert_eq!(header("retry-after"), retry_after, "{headers}");
        assert_eq!(header("content-type"), Some("application/json"), "{headers}");
        assert_eq!(header("cache-control"), Some("no-store"), "{headers}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        let id = format!("req_{}", header("x-amz-apigw-id").unwrap());
        let error = json!({ "code": code, "message": message });
        let meta = json!({ "request_id": id });
        assert_eq!(body, json!({ "success": false, "error": error, "meta": meta }));
        let start = format!("GET {PAGE_USER} {expected} ");
        let line = local.wait_for(|line| line.starts_with(&start));
        assert!(line.ends_with(&format!(" ms - --fail {option}")), "{line}");
        // The reference page is not the API's.
        assert_eq!(local.get("/docs", None), 200);
    }
}

#[test]
fn a_share_of_the_requests_is_spread_evenly() {
    for (option, expected) in
        [("503:0.2", "....x....x"), ("429:0.5", ".x.x.x.x.x"), ("500:0", "..........")]
    {
        let local = Local::start(&["--fail", option]);
        let key = key("reads its account");
        let statuses = (0..10).map(|_| local.get(PAGE_USER, Some(&key)));
        assert_eq!(
            statuses.map(|it| if it == 200 { '.' } else { 'x' }).collect::<String>(),
            expected
        );
    }
}

#[test]
fn another_status_or_share_is_a_usage_error() {
    let (status, share) =
        ("the status must be 429, 500 or 503", "the share must be a number from 0");
    for (option, expected) in
        [("404", status), ("", status), ("503:", share), ("503:1.1", share), ("503:NaN", share)]
    {
        let output = command(&["--fail", option]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(
            message.contains(&format!("for '--fail <STATUS[:SHARE]>': {expected}")),
            "{message}"
        );
    }
}
