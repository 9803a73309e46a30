//! Every row of the table of access.

use serde_json::json;

use crate::{
    client::Api,
    events::event,
    fake_table::{FakeTable, Reply},
    keys::key,
};

const PAGE_USER: &str = "user_123456789";
const COLLEAGUE: &str = "user_987654321";
const STRANGER: &str = "user_300000003";
const NOBODY: &str = "user_000000000";

#[tokio::test]
async fn each_key_reads_whom_the_table_says() {
    let api = Api::start().await;
    for (name, id, status) in [
        ("reads its account", PAGE_USER, 200),
        ("reads its account", COLLEAGUE, 200),
        ("reads its account", STRANGER, 403),
        ("reads its account", NOBODY, 404),
        ("reads itself", PAGE_USER, 200),
        ("reads itself", COLLEAGUE, 403),
        ("reads itself", STRANGER, 403),
        ("reads itself", NOBODY, 403),
        ("reads everyone", PAGE_USER, 200),
        ("reads everyone", STRANGER, 200),
        ("reads everyone", NOBODY, 404),
        ("reads another account", PAGE_USER, 403),
        ("reads another account", STRANGER, 200),
        ("reads another account", NOBODY, 404),
    ] {
        let answer = api.get(&format!("/v1/users/{id}"), &key(name)).await;
        assert_eq!(answer.status, status, "the key that {name}, {id}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_caller_without_any_right_does_not_reach_the_table() {
    let table = FakeTable::start(Reply::Empty).await;
    let api = Api::with_dynamodb(&table.url).await;
    let mut event = event("get-user/found");
    let mut status = async |context| {
        event["requestContext"]["authorizer"] = context;
        api.invoke("GetUserFunction", &event).await["statusCode"].clone()
    };
    assert_eq!(status(json!({ "key_id": "k", "account_id": "a" })).await, 403);
    assert_eq!(
        status(json!({ "key_id": "k", "account_id": "a", "scopes": "users:write" })).await,
        403
    );
    assert_eq!(
        status(json!({ "key_id": "k", "account_id": "a", "user_id": COLLEAGUE })).await,
        403
    );
    assert_eq!(
        status(json!({ "key_id": "k", "account_id": " ", "scopes": "users:read:all" })).await,
        401
    );
    assert_eq!(table.requests().len(), 0);
    assert_eq!(
        status(json!({ "key_id": "k", "account_id": "a", "scopes": "users:read" })).await,
        404
    );
    assert_eq!(table.requests().len(), 1);
}
