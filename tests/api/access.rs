//! Which users a caller may read.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    client::{Api, key},
    events::event,
    fake_table::{FakeTable, Reply},
};

const PAGE_USER: &str = "user_123456789";
const COLLEAGUE: &str = "user_987654321";
const STRANGER: &str = "user_300000003";
const MISSING: &str = "user_000000000";

#[tokio::test(flavor = "multi_thread")]
async fn each_key_reads_the_users_that_it_may_also_beside_many_other_requests() {
    let api = Arc::new(Api::start().await);
    let mut clients = JoinSet::new();
    for (name, id, status) in [
        ("reads its account", PAGE_USER, 200),
        ("reads its account", COLLEAGUE, 200),
        ("reads its account", STRANGER, 403),
        ("reads its account", MISSING, 404),
        ("reads itself", PAGE_USER, 200),
        ("reads itself", COLLEAGUE, 403),
        ("reads itself", STRANGER, 403),
        ("reads itself", MISSING, 403),
        ("reads everyone", PAGE_USER, 200),
        ("reads everyone", STRANGER, 200),
        ("reads everyone", MISSING, 404),
        ("reads another account", PAGE_USER, 403),
        ("reads another account", STRANGER, 200),
        ("reads another account", MISSING, 404),
        ("is revoked", PAGE_USER, 401),
    ] {
        for _ in 0..2 {
            let api = api.clone();
            clients.spawn(async move {
                for _ in 0..10 {
                    // The request's ID in the response is held against the gateway's.
                    let response = api.get(&format!("/v1/users/{id}"), &key(name)).await;
                    assert_eq!(response.status, status, "the key that {name}: {id}");
                    let user = response.json()["data"]["id"].take();
                    assert!(status != 200 || user == id, "{user}");
                }
            });
        }
    }
    while let Some(result) = clients.join_next().await {
        result.unwrap();
    }
}

#[tokio::test]
async fn a_caller_without_any_right_does_not_reach_the_table() {
    let table = FakeTable::start([Reply::empty()]).await;
    let api = Api::with_dynamodb(&table.url).await;
    let mut event = event("get-user/found");
    for (context, status, requests) in [
        (json!({ "key_id": "k", "account_id": "a" }), 403, 0),
        (json!({ "key_id": "k", "account_id": "a", "scopes": "users:write" }), 403, 0),
        (json!({ "key_id": "k", "account_id": "a", "user_id": COLLEAGUE }), 403, 0),
        (json!({ "key_id": "k", "account_id": " ", "scopes": "users:read:all" }), 401, 0),
        (json!({ "key_id": "k", "account_id": "a", "scopes": "users:read" }), 404, 1),
    ] {
        event["requestContext"]["authorizer"] = context;
        assert_eq!(api.get_user(&event).await.status, status, "{event}");
        assert_eq!(table.requests().len(), requests, "{event}");
    }
}

#[tokio::test]
async fn an_authorizer_context_of_another_form_is_401() {
    let api = Api::start().await;
    let mut rest_event = event("get-user/found");
    for authorizer in [
        "null",
        "true",
        "7",
        "\"key_1\"",
        "[]",
        r#"["key_1", "acc_1", null, "users:read:all"]"#,
        "{}",
        r#"{"key_id": 7, "account_id": "acc_1"}"#,
        r#"{"key_id": "key_1", "account_id": true}"#,
        r#"{"key_id": "key_1", "account_id": null}"#,
        r#"{"key_id": "key_1", "account_id": "acc_1", "scopes": 1}"#,
        r#"{"key_id": "key_1", "account_id": "acc_1", "scopes": ["users:read:all"]}"#,
        r#"{"lambda": {"key_id": "key_1", "account_id": "acc_1"}}"#,
    ] {
        let authorizer: Value = serde_json::from_str(authorizer).unwrap();
        rest_event["requestContext"]["authorizer"] = authorizer.clone();
        assert_eq!(api.get_user(&rest_event).await.status, 401, "{authorizer}");
        let mut payload_2 = event("get-user/payload-2.0");
        payload_2["requestContext"]["authorizer"]["lambda"] = authorizer;
        assert_eq!(api.get_user(&payload_2).await.status, 401, "{payload_2}");
    }
}
