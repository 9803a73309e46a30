//! Web pages in a browser on this machine: the reference page is theirs, and no data.

use crate::local::{Local, PAGE_USER, key, send, status};

#[test]
fn dynamodb_refuses_requests_of_web_pages() {
    let local = Local::start(&[]);
    for origin in ["https://example.com", "http://localhost:3000", "null", ""] {
        for method in ["GET", "OPTIONS", "POST"] {
            let head = format!("{method} / HTTP/1.1\r\nHost: localhost\r\n");
            let response = send(&local.dynamodb, &format!("{head}Origin: {origin}\r\n\r\n"));
            assert_eq!(status(&response), 403, "{response}");
            assert!(response.contains("web pages"), "{response}");
            assert!(!response.to_lowercase().contains("access-control"), "{response}");
        }
    }
    let response = send(&local.dynamodb, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(status(&response), 200, "{response}");
}

#[test]
fn the_api_allows_no_other_origin() {
    let local = Local::start(&[]);
    let headers = format!(
        "Host: localhost\r\nOrigin: https://example.com\r\nAuthorization: Bearer {}\r\n\r\n",
        key("reads its account")
    );
    for (method, expected) in [("OPTIONS", 405), ("GET", 200)] {
        let response = send(&local.api, &format!("{method} {PAGE_USER} HTTP/1.1\r\n{headers}"));
        assert_eq!(status(&response), expected);
        assert!(!response.to_lowercase().contains("access-control"), "{response}");
    }
}

#[test]
fn a_browser_finds_the_reference_page_where_a_person_looks_for_it() {
    let local = Local::start(&[]);
    for path in ["/", "/docs/"] {
        let get = |accept: &str| {
            send(&local.api, &format!("GET {path} HTTP/1.1\r\nHost: a\r\nAccept: {accept}\r\n\r\n"))
        };
        let response = get("text/html,application/xhtml+xml,*/*;q=0.8");
        assert_eq!(status(&response), 307, "{response}");
        assert!(response.contains("\r\nlocation: /docs\r\n"), "{response}");
        // To a client of the API, it is a route that the API does not have.
        assert_eq!(status(&get("*/*")), 404);
    }
}
