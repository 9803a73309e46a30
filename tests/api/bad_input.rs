//! Malformed and unusual input.

use crate::client::{Api, PAGE_USER, key};

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
        ("user_1%0d%0aX-Injected:%20yes", 400),
        ("..", 400),
        ("%2e%2e", 400),
        ("../users/user_123456789", 404),
        (".", 400),
        ("user_%C3%A9", 400),
        ("user_é🦀", 400),
        ("%FF%FE", 400),
        ("%", 400),
        ("%zz", 400),
        ("{id}", 400),
        (&format!("user_{long}"), 400),
        // The same path by RFC 3986, but a REST API does not decode it.
        ("user%5F123456789", 400),
        ("user_123456789?id=user_1&id=2&%00", 200),
    ] {
        let response = api.get(&format!("/v1/users/{id}"), &key).await;
        assert_eq!(response.status, status, "{id:.40}: {}", response.body);
        assert_eq!(response.header("x-injected"), None);
    }
}

#[tokio::test]
async fn other_headers_and_a_body_change_nothing() {
    let api = Api::start().await;
    let authorization = ("Authorization", &*format!("Bearer {}", key("reads its account")));
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
        let twice = [authorization, (name, value), (name, value)];
        assert_eq!(api.send("GET", PAGE_USER, &twice).await.status, 200, "{name}");
    }
    for byte in b' '..=b'~' {
        let host = format!("a{}b", char::from(byte));
        let headers = [authorization, ("Host", &host)];
        assert_eq!(api.send("GET", PAGE_USER, &headers).await.status, 200, "{host}");
    }
    for body in ["{\"id\":\"user_1\"}", "\u{0}", &"x".repeat(100_000)] {
        let response =
            api.send_with_body("GET", PAGE_USER, &[authorization], body.as_bytes()).await;
        assert_eq!(response.status, 200);
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_for_a_function_or_the_gateway_is_413() {
    const MB: usize = 1024 * 1024;
    let api = Api::start().await;
    let authorization = ("Authorization", &*format!("Bearer {}", key("reads its account")));
    for (headers, length, status) in [
        (&[authorization][..], 5 * MB, 200),
        (&[authorization], 6 * MB, 413),
        (&[authorization], 10 * MB, 413),
        (&[], 10 * MB + 1, 413),
        // The authorizer's event has no body.
        (&[], 6 * MB, 401),
    ] {
        let response = api.send_with_body("GET", PAGE_USER, headers, &vec![b'x'; length]).await;
        assert_eq!(response.status, status, "{length}");
    }
}
