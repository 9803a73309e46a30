//! The authorizer with keys that are issued, rotated and revoked for real.

use std::time::Duration;

use credira_keys::{
    issue::{Issued, Purpose},
    keys::Keys,
};
use credira_users::{api_key::Kind, id::AccountId};
use serde_json::json;

use crate::{
    client::{Api, PAGE_USER},
    contract::OPENAPI,
    events::event,
    fake_table::{FakeTable, Reply, record_with},
    tables,
};

#[tokio::test]
async fn a_key_works_from_its_creation_until_it_is_revoked_or_expires() {
    let api = Api::start().await;
    let dynamodb = format!("http://{}", api.stack.dynamodb);
    let keys = Keys::new(tables::client(&dynamodb), "api-keys".into());
    let status = async |issued: &Issued| api.get(PAGE_USER, issued.key.expose()).await.status;
    let create = async || {
        let purpose = Purpose {
            kind: Kind::Live,
            account_id: AccountId::parse("acc_789123456").unwrap(),
            user_id: None,
            scopes: vec!["users:read".into()],
            name: None,
            expires_at: None,
        };
        keys.create(purpose).await.unwrap()
    };
    let [revoked, old] = [create().await, create().await];
    assert_eq!((status(&revoked).await, status(&old).await), (200, 200));
    keys.revoke(&revoked.record.key_id).await.unwrap();
    let week = Duration::from_secs(7 * 86_400);
    let (new, _) = keys.rotate(&old.record.key_id, week).await.unwrap();
    let (newer, _) = keys.rotate(&new.record.key_id, Duration::from_secs(3)).await.unwrap();

    // The new environments have no record in memory. `key_cache` shows how long the old ones have.
    api.stack.renew(OPENAPI).await.unwrap();
    assert_eq!((status(&revoked).await, status(&old).await, status(&newer).await), (401, 200, 200));
    // It expires while its record is in memory.
    while status(&new).await == 200 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(status(&new).await, 401);
}

#[tokio::test]
async fn a_verified_key_is_read_from_memory_and_an_unknown_one_from_the_table() {
    let found = Reply::item(&record_with(json!({})));
    for (reply, effect, reads) in [(found, "Allow", 1), (Reply::empty(), "Deny", 5)] {
        let table = FakeTable::start([reply]).await;
        let api = Api::with_dynamodb(&table.url).await;
        for _ in 0..5 {
            assert_eq!(api.effect(&event("authorizer/allow")).await, effect);
        }
        assert_eq!(table.requests().len(), reads);
    }
}

#[tokio::test]
async fn the_context_has_strings_only_and_no_attribute_that_says_nothing_about_the_caller() {
    let record = record_with(json!({
        "user_id": { "S": "user_1" },
        "scopes": { "SS": ["users:read", "calls:read"] },
        // The last second of the year 9999.
        "expires_at": { "N": "253402300799" },
        // No decision depends on these, so they disable no key although they are malformed.
        "hint": { "N": "1" },
        "name": { "L": [] },
        "created_time": { "N": "1" },
        "successor_id": { "BOOL": true },
    }));
    let table = FakeTable::start([Reply::item(&record)]).await;
    let api = Api::with_dynamodb(&table.url).await;
    let response = api.authorize(&event("authorizer/allow")).await.unwrap();
    // A set has no order, so its strings are sorted.
    let scopes = "calls:read users:read";
    assert_eq!(
        response["context"],
        json!({ "key_id": "key_1", "account_id": "acc_1", "user_id": "user_1", "scopes": scopes })
    );
}
