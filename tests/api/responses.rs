//! The user, and the rules that decide which response a client gets.

use serde_json::{Value, json};

use crate::{
    client::{Api, PAGE_USER},
    contract::{self, PAGE},
    events::event,
    keys::key,
};

#[tokio::test]
async fn the_user_is_the_example_of_the_page_byte_for_byte() {
    let api = Api::start().await;
    let response = api.get(PAGE_USER, &key("reads its account")).await;
    let page: String = PAGE.lines().map(str::trim).collect();
    let page = page.replace("\": ", "\":");
    let (page, _) = page.split_once("\"meta\":").unwrap();
    let meta = &response.json()["meta"];
    let live_meta =
        format!("{{\"timestamp\":{},\"request_id\":{}}}}}", meta["timestamp"], meta["request_id"]);
    assert_eq!(response.body, format!("{page}\"meta\":{live_meta}"));
    assert_is_now(&meta["timestamp"], "%Y-%m-%dT%H:%M:%SZ");
}

#[tokio::test]
async fn the_scheme_and_the_header_are_read_in_any_case() {
    let api = Api::start().await;
    let good = key("reads its account");
    for (name, value) in [
        ("authorization", format!("bearer {good}")),
        ("AUTHORIZATION", format!("BEARER   {good}")),
        ("Authorization", format!("  Bearer {good}  ")),
    ] {
        assert_eq!(api.send("GET", PAGE_USER, &[(name, &value)]).await.status, 200, "{value}");
    }
}

#[tokio::test]
async fn a_path_that_is_not_there_is_404_with_or_without_a_key() {
    let api = Api::start().await;
    let authorization = format!("Bearer {}", key("reads its account"));
    for path in ["/v1", "/v1/", "/v1/users", "/v1/users/", "/v2/users/user_1", "/V1/users/user_1"] {
        for headers in [&[][..], &[("Authorization", authorization.as_str())]] {
            for method in ["GET", "POST", "DELETE"] {
                let response = api.send(method, path, headers).await;
                assert_eq!(response.json()["error"], contract::route_not_found());
            }
            assert_eq!(api.send("HEAD", path, headers).await.status, 404);
        }
    }
}

#[tokio::test]
async fn a_slash_at_the_end_makes_another_path() {
    let api = Api::start().await;
    let path = format!("{PAGE_USER}/");
    let response = api.get(&path, &key("reads its account")).await;
    assert_eq!(response.json()["error"], contract::route_not_found());
    // But the gateway routes it, and with it the authorizer, as if the slash were not there.
    assert_eq!(api.send("GET", &path, &[]).await.status, 401);
}

#[tokio::test]
async fn another_method_is_405_with_or_without_a_key() {
    let api = Api::start().await;
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
        for path in [PAGE_USER, "/v1/users/john.doe"] {
            assert_eq!(api.send(method, path, &[]).await.status, 405, "{method}");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_first_decides() {
    let api = Api::start().await;
    let reads_itself = key("reads itself");
    // 401 before 400, 400 before 403, 403 before 404.
    assert_eq!(api.get("/v1/users/john.doe", "YOUR_API_KEY").await.status, 401);
    assert_eq!(api.get("/v1/users/john.doe", &reads_itself).await.status, 400);
    assert_eq!(api.get("/v1/users/user_000000000", &reads_itself).await.status, 403);
}

/// Whether the text is the current time in this format of chrono, UTC.
#[track_caller]
pub(crate) fn assert_is_now(timestamp: &Value, format: &str) {
    let text = timestamp.as_str().unwrap();
    let time = chrono::NaiveDateTime::parse_from_str(text, format).unwrap();
    assert_eq!(time.format(format).to_string(), text);
    let age = chrono::Utc::now().naive_utc() - time;
    assert!((-1..=60).contains(&age.num_seconds()), "{text}");
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
        api.log.lock().unwrap().clear();
        // Each response is checked against the contract, with `x-amz-apigw-id` as its ID.
        let headers = [("x-amzn-requestid", id.as_str()), ("Authorization", &authorization)];
        for (method, path) in [("GET", PAGE_USER), ("POST", PAGE_USER), ("GET", "/v1")] {
            let response = api.send(method, path, &headers).await;
            assert_eq!(response.header("x-amzn-requestid"), Some(id.as_str()));
        }
        let response = api.send("GET", PAGE_USER, &headers[..1]).await;
        assert_eq!(response.status, 401);
        // The last lines are those of the requests with a user and without a key.
        let request_id = response.json()["meta"]["request_id"].clone();
        assert_eq!(api.request_line("authorizer", 2).await["request_id"], request_id);
        let [authorizer, get_user] =
            [api.request_line("authorizer", 1).await, api.request_line("get-user", 1).await];
        assert_eq!(authorizer["request_id"], get_user["request_id"]);
        let log = api.log_with("\"message\":\"request\"", 5).await;
        let escaped = json!(id).to_string();
        assert!(!log.contains(escaped.trim_matches('"')), "{log}");
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
