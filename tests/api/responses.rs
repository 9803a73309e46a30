//! The user, and the rules that decide which response a client gets.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    client::{Api, PAGE_USER, filters, is_now, key},
    events::event,
};

#[tokio::test]
async fn each_kind_of_response_is_like_this() {
    let api = Api::start().await;
    let authorization = format!("Bearer {}", key("reads its account"));
    let good = ("Authorization", authorization.as_str());
    let user = api.send("GET", PAGE_USER, &[good]).await;
    // The example of the API page, as it stands there.
    let page: Value = serde_json::from_str(include_str!("page.json")).unwrap();
    assert_eq!(user.json()["data"], page["data"]);
    assert!(is_now(&user.json()["meta"]["timestamp"], "%Y-%m-%dT%H:%M:%SZ"));
    let known = ("If-None-Match", user.header("etag").unwrap());
    let mut shown = String::new();
    for (path, headers) in [
        (PAGE_USER, &[good][..]),
        (PAGE_USER, &[good, known]),
        (PAGE_USER, &[]),
        ("/v1/users/john.doe", &[good]),
        ("/v1/users/user_300000003", &[good]),
        ("/v1/users/user_000000000", &[good]),
        ("/v1/users/user_400000004", &[good]),
        ("/v1/users", &[]),
    ] {
        let response = api.send("GET", path, headers).await;
        shown += &format!("GET {path}: {}\n", response.text());
        let head = api.send("HEAD", path, headers).await;
        assert_eq!(head.status, response.status);
        assert_eq!(head.header_names(), response.header_names());
        assert_eq!(head.header("etag"), response.header("etag"));
    }
    let too_long = vec![b'x'; 6 << 20];
    let without_table = Api::with_dynamodb("http://127.0.0.1:1").await;
    for (name, response) in [
        ("POST", api.send("POST", PAGE_USER, &[]).await),
        ("POST with a body", api.send_with_body("POST", PAGE_USER, &[], &too_long).await),
        ("authorizer without a table", without_table.get(PAGE_USER, &key("reads itself")).await),
        ("get-user without a table", without_table.get_user(&event("get-user/found")).await),
        ("get-user without an authorizer", api.get_user(&event("get-user/no-authorizer")).await),
    ] {
        shown += &format!("{name}: {}\n", response.text());
    }
    let _guard = filters();
    assert_snapshot!("responses", shown);
}

#[tokio::test]
async fn what_is_wrong_first_decides() {
    let api = Api::start().await;
    let authorization = format!("Bearer {}", key("reads its account"));
    for headers in [&[][..], &[("Authorization", authorization.as_str())]] {
        for path in
            ["/v1", "/v1/", "/v1/users", "/v1/users/", "/v2/users/user_1", "/V1/users/user_1"]
        {
            for method in ["GET", "HEAD", "POST", "DELETE"] {
                assert_eq!(api.send(method, path, headers).await.status, 404, "{method} {path}");
            }
        }
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            for path in [PAGE_USER, "/v1/users/john.doe"] {
                assert_eq!(api.send(method, path, headers).await.status, 405, "{method}");
            }
        }
        // The gateway routes this path, and with it the authorizer, as if the slash were not there.
        let status = if headers.is_empty() { 401 } else { 404 };
        assert_eq!(api.send("GET", &format!("{PAGE_USER}/"), headers).await.status, status);
    }
    // 401 before 400, 400 before 403, 403 before 404.
    let reads_itself = key("reads itself");
    assert_eq!(api.get("/v1/users/john.doe", "YOUR_API_KEY").await.status, 401);
    assert_eq!(api.get("/v1/users/john.doe", &reads_itself).await.status, 400);
    assert_eq!(api.get("/v1/users/user_000000000", &reads_itself).await.status, 403);
}

/// Texts that a client may send as `x-amzn-requestid`.
fn ids_of_a_client() -> [String; 6] {
    let key = key("reads its account");
    [
        "c6af9ac6-7b61-11e6-9a41-93e8deadbeef".to_owned(),
        "\",\"status\":200,\"x\":\"".to_owned(),
        "a\\u0022 b".to_owned(),
        key.clone(),
        format!("Bearer={key}"),
        format!("x{key}"),
    ]
}

#[tokio::test]
async fn a_client_chooses_neither_the_request_id_nor_any_json_with_it() {
    let api = Api::start().await;
    let authorization = format!("Bearer {}", key("reads its account"));
    for id in ids_of_a_client() {
        let headers = [("x-amzn-requestid", id.as_str()), ("Authorization", &authorization)];
        for (method, path, headers, lines) in [
            ("POST", PAGE_USER, &headers[..], 1),
            ("GET", "/v1", &headers, 1),
            ("GET", PAGE_USER, &headers, 2),
            ("GET", PAGE_USER, &headers[..1], 1),
        ] {
            // The response is checked against the contract, with `x-amz-apigw-id` as its ID.
            let response = api.send(method, path, headers).await;
            assert_eq!(response.header("x-amzn-requestid"), Some(id.as_str()));
            let request_id = response.json()["meta"]["request_id"].to_string();
            let log = api.take_log(lines).await;
            assert!(log.lines().all(|line| line.contains(&request_id)), "{request_id}: {log}");
            assert!(!log.contains(json!(id).to_string().trim_matches('"')), "{log}");
        }
    }
    // Without a function, the gateway responds by itself.
    api.stack.function("AuthorizerFunction").unwrap().stop().await;
    for id in ids_of_a_client() {
        let response = api.send("GET", PAGE_USER, &[("x-amzn-requestid", &id)]).await;
        assert_eq!(response.status, 503);
    }
}

#[tokio::test]
async fn the_request_id_is_the_gateways_first_id_that_is_a_plain_token_without_a_key() {
    let api = Api::start().await;
    let mut get_user = event("get-user/found");
    let mut authorizer = event("authorizer/no-key");
    let mut allow = event("authorizer/allow");
    let extended = json!("JKJaXmPL_Hc-SHA=");
    let mut cases = Vec::from(ids_of_a_client().map(|id| (extended.clone(), json!(id), true)));
    for plain in ["c6af9ac6-7b61-11e6-9a41", "JKJaXmPLvHcESHA=", &"x".repeat(128)] {
        cases.push((Value::Null, json!(plain), true));
    }
    for odd in ["", "a b", "a\r\nX: y", "é", "\"", &"x".repeat(129)] {
        cases.push((json!(odd), json!(odd), false));
    }
    let [_, odd @ ..] = ids_of_a_client();
    cases.extend(odd.map(|id| (Value::Null, json!(id), false)));
    cases.push((Value::Null, Value::Null, false));
    for (extended, id, is_plain) in cases {
        for event in [&mut get_user, &mut authorizer, &mut allow] {
            event["requestContext"]["extendedRequestId"] = extended.clone();
            event["requestContext"]["requestId"] = id.clone();
        }
        let denied = api.authorize(&authorizer).await.unwrap();
        let denied = denied["context"]["request_id"].as_str().unwrap();
        // The authorizer tells `get-user` an ID that only it knows.
        let allowed = api.authorize(&allow).await.unwrap();
        assert_eq!(allowed["context"]["request_id"].is_string(), !is_plain, "{allowed}");
        let response = api.get_user(&get_user).await;
        for found in [denied, response.header("x-request-id").unwrap()] {
            let expected = extended.as_str().or(id.as_str()).filter(|_| is_plain);
            match expected {
                Some(id) => assert_eq!(found, format!("req_{id}")),
                // Lambda's.
                None => assert_eq!(found.len(), "req_".len() + 36, "{found}"),
            }
        }
    }
}

#[tokio::test]
async fn without_the_gateways_id_both_functions_log_a_request_under_the_authorizers() {
    let api = Api::start().await;
    let mut authorizer = event("authorizer/allow");
    authorizer["requestContext"] = json!({});
    let allowed = api.authorize(&authorizer).await.unwrap();
    let mut get_user = event("get-user/found");
    get_user["requestContext"]["authorizer"] = allowed["context"].clone();
    let request_id = api.get_user(&get_user).await.json()["meta"]["request_id"].clone();
    assert_eq!(request_id, allowed["context"]["request_id"]);
    for function in ["authorizer", "get-user"] {
        assert_eq!(api.request_line(function, 1).await["request_id"], request_id);
    }
    let [_, odd @ ..] = ids_of_a_client();
    for id in odd {
        get_user["requestContext"]["authorizer"]["request_id"] = json!(format!("req_{id}"));
        let response = api.get_user(&get_user).await;
        let gateway_id = get_user["requestContext"]["extendedRequestId"].as_str().unwrap();
        assert_eq!(response.header("x-request-id").unwrap(), format!("req_{gateway_id}"));
    }
}
