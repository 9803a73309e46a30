//! `--fail`: responses that a client should retry.

use crate::local::{Local, PAGE_USER, command, key, send, status};

#[test]
fn a_request_that_fails_on_purpose_gets_the_gateways_response() {
    for (option, retry_after, error) in [
        ("429", true, r#"{"code":"RATE_LIMITED","message":"Too many requests"}"#),
        ("500", false, r#"{"code":"INTERNAL_ERROR","message":"Internal server error"}"#),
        (
            "503:1.0",
            true,
            r#"{"code":"SERVICE_UNAVAILABLE","message":"Service temporarily unavailable"}"#,
        ),
    ] {
        let mut local = Local::start(&["--fail", option]);
        let request = format!(
            "GET {PAGE_USER} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\r\n",
            key("reads its account")
        );
        let response = send(&local.api, &request);
        assert_eq!(status(&response).to_string(), option[..3]);
        let header = |line: &str| response.to_lowercase().contains(&format!("\r\n{line}\r\n"));
        assert_eq!(header("retry-after: 1"), retry_after, "{response}");
        for line in [
            "content-type: application/json",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
        ] {
            assert!(header(line), "{response}");
        }
        let (_, id) = response.split_once("\r\nx-amz-apigw-id: ").unwrap();
        let id = id.lines().next().unwrap();
        let body =
            format!(r#"{{"success":false,"error":{error},"meta":{{"request_id":"req_{id}"}}}}"#);
        assert!(response.ends_with(&format!("\r\n\r\n{body}")), "{response}");
        let start = format!("GET {PAGE_USER} {} ", &option[..3]);
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
    for (option, expected) in [
        ("404", "the status must be 429, 500 or 503"),
        ("", "the status must be 429, 500 or 503"),
        ("503:", "the share must be a number from 0 to 1, such as 503:0.2"),
        ("503:1.1", "the share must be a number from 0 to 1, such as 503:0.2"),
        ("503:NaN", "the share must be a number from 0 to 1, such as 503:0.2"),
    ] {
        let output = command(&["--fail", option]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(
            message.contains(&format!("'{option}' for '--fail <STATUS[:SHARE]>': {expected}")),
            "{message}"
        );
    }
}
