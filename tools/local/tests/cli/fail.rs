//! `--fail`: responses that a client should retry.

use crate::local::{Local, PAGE_USER, filters, key, refusal, send, status};

#[test]
fn a_share_of_the_requests_is_spread_evenly_and_gets_the_gateways_response() {
    let mut responses = String::new();
    for (option, share) in [("429:0.5", ".x.x.x"), ("500", "xxx"), ("503:0.2", "....x....x")] {
        let local = Local::start(&["--fail", option]);
        let key = key("reads its account");
        let request =
            format!("GET {PAGE_USER} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\r\n");
        let all: Vec<_> = share.chars().map(|_| send(&local.api, &request)).collect();
        let found = all.iter().map(|it| if status(it) == 200 { '.' } else { 'x' });
        assert_eq!(found.collect::<String>(), share);
        responses += &format!("{}\n\n", all.last().unwrap());
        // The reference page is not the API's.
        assert_eq!(local.get("/docs", None), 200);
        let output = local.stop("-INT").stdout();
        responses += output.lines().rfind(|line| line.starts_with("GET ")).unwrap();
        responses += "\n\n";
    }
    let _filters = filters();
    insta::assert_snapshot!("fail", responses.replace('\r', ""));
}

#[test]
fn another_status_or_share_is_a_usage_error() {
    let (status, share) =
        ("the status must be 429, 500 or 503", "the share must be a number from 0");
    for (option, expected) in
        [("404", status), ("", status), ("503:", share), ("503:1.1", share), ("503:NaN", share)]
    {
        let message = refusal(2, &["--fail", option]);
        let expected = format!("for '--fail <STATUS[:SHARE]>': {expected}");
        assert!(message.contains(&expected), "{message}");
    }
}
