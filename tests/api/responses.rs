//! Every row of the table of responses that a client can get.

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
    assert_eq!(response.status, 200);
    let meta = response.json()["meta"].clone();
    let expected = contract::minified(PAGE);
    let (expected, _) = expected.split_once("\"meta\":").unwrap();
    let live_meta =
        format!("{{\"timestamp\":{},\"request_id\":{}}}}}", meta["timestamp"], meta["request_id"]);
    assert_eq!(response.body, format!("{expected}\"meta\":{live_meta}"));
}

#[tokio::test]
async fn attributes_that_are_missing_get_their_defaults() {
    let api = Api::start().await;
    let response = api.get("/v1/users/user_100000001", &key("reads its account")).await;
    let expected = json!({
        "id": "user_100000001",
        "email": "min@company.com",
        "name": "Min Imal",
        "company": null,
        "role": null,
        "department": null,
        "phone": null,
        "account_id": "acc_789123456",
        "status": "invited",
        "created_time": "2024-01-17T08:00:00Z",
        "last_login": null,
        "permissions": [],
        "activity_stats": {
            "total_calls_made": 0,
            "total_emails_sent": 0,
            "total_callouts_created": 0,
            "last_activity": null,
        },
        "metadata": {},
    });
    assert_eq!(response.json()["data"], expected);
}

#[tokio::test]
async fn unicode_and_big_metadata_pass_unchanged() {
    let api = Api::start().await;
    let response = api.get("/v1/users/user_200000002", &key("reads its account")).await;
    let users: Value =
        serde_json::from_str(include_str!("../../tools/local/demo/users.json")).unwrap();
    let user = users.as_array().unwrap().iter().find(|user| user["id"] == "user_200000002");
    let user = user.unwrap();
    let data = &response.json()["data"];
    assert_eq!(data["metadata"], user["metadata"]);
    assert_eq!(data["name"], user["name"]);
    assert!(response.body.len() > 10_000);
}

#[tokio::test]
async fn a_malformed_id_is_400() {
    let api = Api::start().await;
    let response = api.get("/v1/users/john.doe", &key("reads its account")).await;
    response.assert_error(400, "INVALID_REQUEST", "Invalid user ID format");
}

#[tokio::test]
async fn whatever_is_wrong_with_the_key_is_the_same_401() {
    let api = Api::start().await;
    let bearer = |key: &str| format!("Bearer {key}");
    let good = key("reads its account");
    let unknown = "crd_test_Unknown00000000000000000000000000000000000033Yct1";
    let mut bodies = Vec::new();
    for headers in [
        vec![],
        vec![""],
        vec!["Bearer"],
        vec!["Bearer "],
        vec!["YOUR_API_KEY"],
        vec![&bearer("YOUR_API_KEY")],
        vec![&good],
        vec![&format!("Basic {good}")],
        vec![&bearer(unknown)],
        vec![&bearer(&key("is expired"))],
        vec![&bearer(&key("is revoked"))],
        vec![&bearer(&good.to_lowercase())],
        vec![&bearer(&format!("{good} x"))],
        vec![&bearer(&good), &bearer(&good)],
    ] {
        let headers: Vec<_> = headers.iter().map(|value| ("Authorization", *value)).collect();
        let response = api.send("GET", PAGE_USER, &headers).await;
        response.assert_error(401, "UNAUTHORIZED", "Invalid or missing API key");
        assert_eq!(response.header("www-authenticate"), Some("Bearer"));
        let mut body = response.json();
        body["meta"].take();
        bodies.push(body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
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
async fn a_user_of_another_account_is_403() {
    let api = Api::start().await;
    let response = api.get("/v1/users/user_300000003", &key("reads its account")).await;
    let message = "You don't have permission to access this user";
    response.assert_error(403, "FORBIDDEN", message);
}

#[tokio::test]
async fn a_user_that_is_not_there_is_404() {
    let api = Api::start().await;
    let response = api.get("/v1/users/user_000000000", &key("reads its account")).await;
    response.assert_error(404, "NOT_FOUND", "User not found");
}

#[tokio::test]
async fn a_path_that_is_not_there_is_404_with_or_without_a_key() {
    let api = Api::start().await;
    for path in
        ["/", "/v1", "/v1/", "/v1/users", "/v1/users/", "/v2/users/user_1", "/V1/users/user_1"]
    {
        for method in ["GET", "POST", "DELETE"] {
            let response = api.send(method, path, &[]).await;
            response.assert_error(404, "NOT_FOUND", "Route not found");
        }
        let response = api.get(path, &key("reads its account")).await;
        response.assert_error(404, "NOT_FOUND", "Route not found");
        assert_eq!(api.send("HEAD", path, &[]).await.status, 404);
    }
}

#[tokio::test]
async fn a_slash_at_the_end_makes_another_path() {
    let api = Api::start().await;
    let path = format!("{PAGE_USER}/");
    let response = api.get(&path, &key("reads its account")).await;
    response.assert_error(404, "NOT_FOUND", "Route not found");
    // But the gateway routes it, and with it the authorizer, as if the slash were not there.
    assert_eq!(api.send("GET", &path, &[]).await.status, 401);
}

#[tokio::test]
async fn another_method_is_405_with_or_without_a_key() {
    let api = Api::start().await;
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
        for path in [PAGE_USER, "/v1/users/john.doe"] {
            let response = api.send(method, path, &[]).await;
            response.assert_error(405, "METHOD_NOT_ALLOWED", "Method not allowed");
            assert_eq!(response.header("allow"), Some("GET, HEAD"));
        }
    }
}

#[tokio::test]
async fn an_item_that_breaks_the_schema_is_500_and_only_the_log_says_why() {
    let api = Api::start().await;
    let response = api.get("/v1/users/user_400000004", &key("reads its account")).await;
    response.assert_error(500, "INTERNAL_ERROR", "Internal server error");
    assert!(response.header("x-request-id").is_some(), "not the gateway's own 500");
    let log = api.log_with("\"status\":500", 1).await;
    assert!(log.contains("attribute `email` is missing or not a String"), "{log}");
    assert!(!log.contains("4711"), "{log}");
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

#[tokio::test]
async fn a_timestamp_is_now_in_whole_seconds() {
    let api = Api::start().await;
    let response = api.get(PAGE_USER, &key("reads its account")).await;
    assert_is_now(&response.json()["meta"]["timestamp"]);
}

/// Whether the text is the current time in whole seconds, UTC.
#[track_caller]
pub(crate) fn assert_is_now(timestamp: &Value) {
    assert_is_now_as(timestamp, "%Y-%m-%dT%H:%M:%SZ");
}

/// Whether the text is the current time in this format of chrono, UTC.
#[track_caller]
pub(crate) fn assert_is_now_as(timestamp: &Value, format: &str) {
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
        for (method, path) in [("GET", PAGE_USER), ("POST", PAGE_USER), ("GET", "/")] {
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
        response.assert_error(503, "SERVICE_UNAVAILABLE", "Service temporarily unavailable");
    }
}

#[tokio::test]
async fn the_request_id_is_the_gateways_first_id_that_is_a_plain_token_without_a_key() {
    let api = Api::start().await;
    let mut get_user = event("get-user/found");
    let mut authorizer = event("authorizer/no-key");
    let mut request_id = async |extended: Value, id: Value| {
        for event in [&mut get_user, &mut authorizer] {
            event["requestContext"]["extendedRequestId"] = extended.clone();
            event["requestContext"]["requestId"] = id.clone();
        }
        let denied = api.invoke("AuthorizerFunction", &authorizer).await;
        let response = api.invoke("GetUserFunction", &get_user).await;
        let id = response["headers"]["x-request-id"].clone();
        let denied = denied["context"]["request_id"].clone();
        let is_lambdas = id.as_str().unwrap().len() == "req_".len() + 36;
        assert!(id == denied || is_lambdas, "{id} {denied}");
        id
    };
    let extended = "JKJaXmPL_Hc-SHA=";
    for id in ids_of_a_client() {
        assert_eq!(request_id(json!(extended), json!(id)).await, format!("req_{extended}"));
    }
    for plain in ["c6af9ac6-7b61-11e6-9a41", "JKJaXmPLvHcESHA=", &"x".repeat(128)] {
        assert_eq!(request_id(Value::Null, json!(plain)).await, format!("req_{plain}"));
    }
    for odd in ["", "a b", "a\r\nX: y", "é", "\"", &"x".repeat(129)] {
        let id = request_id(json!(odd), json!(odd)).await;
        assert_eq!(id.as_str().unwrap().len(), "req_".len() + 36, "{id}");
    }
    for id in ids_of_a_client().into_iter().skip(1) {
        let id = request_id(Value::Null, json!(id)).await;
        assert_eq!(id.as_str().unwrap().len(), "req_".len() + 36, "{id}");
    }
    let id = request_id(Value::Null, Value::Null).await;
    assert_eq!(id.as_str().unwrap().len(), "req_".len() + 36);
}
