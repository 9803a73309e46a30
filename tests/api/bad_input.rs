//! Malformed and unusual input.

use crate::{
    client::{Api, PAGE_USER, Response},
    keys::key,
};

#[tokio::test]
async fn an_odd_id_is_never_more_than_a_4xx() {
    let api = Api::start().await;
    let key = key("reads its account");
    let long = "x".repeat(10_240);
    for (id, status) in [
        ("a/b", 404),
        ("user_1/", 404),
        ("", 404),
        ("a%2Fb", 400),
        ("%00", 400),
        ("user_1%00", 400),
        ("user_1%0d%0aX-Injected:%20yes", 400),
        ("..", 400),
        ("%2e%2e", 400),
        ("../users/user_123456789", 404),
        (".", 400),
        ("user_%C3%A9", 400),
        ("%F0%9F%A6%80", 400),
        ("%FF%FE", 400),
        ("%", 400),
        ("%zz", 400),
        ("user_123456789%20", 400),
        ("USER_123456789", 400),
        ("{id}", 400),
        ("user_123456789;x=1", 400),
        ("user_123456789'--", 400),
        (&long, 400),
        (&format!("user_{long}"), 400),
    ] {
        let response = api.get(&format!("/v1/users/{id}"), &key).await;
        assert_eq!(response.status, status, "{id:.40}: {}", response.body);
        assert_eq!(response.header("x-injected"), None);
    }
    // The same path by RFC 3986, but a REST API does not decode it.
    assert_eq!(api.get("/v1/users/user%5F123456789", &key).await.status, 400);
    assert_eq!(api.get("/v1/users/user_123456789?id=user_1&id=2&%00", &key).await.status, 200);
}

#[tokio::test]
async fn an_id_in_raw_unicode_is_a_4xx() {
    let api = Api::start().await;
    let request = format!(
        "GET /v1/users/user_é🦀 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
        key("reads its account")
    );
    assert_eq!(api.send_bytes(request.as_bytes()).await.status, 400);
}

#[tokio::test]
async fn odd_headers_change_nothing() {
    let api = Api::start().await;
    let authorization = format!("Bearer {}", key("reads its account"));
    let long = "x".repeat(8_000);
    for (name, value) in [
        ("X-Forwarded-For", "not an address"),
        ("X-Amzn-Trace-Id", "\t"),
        ("If-None-Match", "\"\"\"\"\""),
        ("Accept", "text/html;q=0"),
        ("X-Long", &long),
        ("X-Unicode", "é🦀"),
        ("Content-Type", ""),
        ("Cookie", ";;;=;"),
        ("X-User-Id", "user_987654321"),
    ] {
        let twice = [("Authorization", authorization.as_str()), (name, value), (name, value)];
        let response = api.send("GET", PAGE_USER, &twice).await;
        assert_eq!(response.status, 200, "{name}");
    }
}

#[tokio::test]
async fn a_host_that_is_no_host_changes_nothing() {
    let api = Api::start().await;
    for byte in b' '..=b'~' {
        let host = format!("a{}b", char::from(byte));
        let request = format!(
            "GET {PAGE_USER} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
            key("reads its account")
        );
        assert_eq!(api.send_bytes(request.as_bytes()).await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn a_body_on_a_get_is_ignored() {
    let api = Api::start().await;
    for body in ["{\"id\":\"user_1\"}", "\u{0}", &"x".repeat(100_000)] {
        let request = format!(
            "GET {PAGE_USER} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{body}",
            key("reads its account"),
            body.len()
        );
        assert_eq!(api.send_bytes(request.as_bytes()).await.status, 200);
    }
}

/// A request with a body of this length.
async fn with_body(api: &Api, method: &str, header: &str, length: usize) -> Response {
    let mut request = format!(
        "{method} {PAGE_USER} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{header}\r\n\
         Content-Length: {length}\r\n\r\n"
    )
    .into_bytes();
    request.resize(request.len() + length, b'x');
    api.send_bytes(&request).await
}

#[tokio::test]
async fn a_body_that_is_too_long_for_a_function_or_the_gateway_is_413() {
    const MB: usize = 1024 * 1024;
    let api = Api::start().await;
    let good = format!("Authorization: Bearer {}", key("reads its account"));
    assert_eq!(with_body(&api, "GET", &good, 5 * MB).await.status, 200);
    for (method, header, length) in [
        ("GET", good.as_str(), 6 * MB),
        ("GET", &good, 10 * MB),
        ("POST", "X: 1", 6 * MB),
        ("GET", "X: 1", 10 * MB + 1),
    ] {
        let response = with_body(&api, method, header, length).await;
        response.assert_error(413, "REQUEST_TOO_LARGE", "Request too large");
    }
    // The authorizer's event has no body.
    assert_eq!(with_body(&api, "GET", "X: 1", 6 * MB).await.status, 401);
}
