//! The authorizer with keys that are issued, rotated and revoked for real.

use std::time::Duration;

use credira_keys::{
    issue::{Issued, Purpose},
    keys::Keys,
};
use credira_users::api_key::Kind;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::json;

use crate::{
    client::{Api, PAGE_USER},
    contract::OPENAPI,
    events::event,
    fake_table::{FakeTable, Reply, key_record, record_with},
    keys::key,
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
            account_id: "acc_789123456".into(),
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
    for (reply, effect, reads) in
        [(Reply::item(&key_record()), "Allow", 1), (Reply::empty(), "Deny", 5)]
    {
        let table = FakeTable::start([reply]).await;
        let api = Api::with_dynamodb(&table.url).await;
        for _ in 0..5 {
            assert_eq!(api.effect(&event("authorizer/allow")).await, effect);
        }
        assert_eq!(table.requests().len(), reads);
    }
}

#[tokio::test]
async fn the_context_has_strings_only() {
    let record = record_with(json!({
        "user_id": { "S": "user_1" },
        "scopes": { "SS": ["users:read", "calls:read"] },
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

#[tokio::test]
async fn a_record_that_does_not_identify_a_caller_is_neither_an_allow_nor_a_deny() {
    let attributes = [
        ("account_id", json!({ "N": "1" })),
        ("account_id", json!({ "S": "acc 1" })),
        ("account_id", json!({ "S": " " })),
        ("key_id", json!({ "NULL": true })),
        ("user_id", json!({ "S": "john" })),
        ("scopes", json!({ "SS": ["calls:read users:read:all"] })),
        ("scopes", json!({ "S": "users:read" })),
        ("expires_at", json!({ "S": "2999-01-01" })),
        ("expires_at", json!({ "N": "-1" })),
        // Milliseconds.
        ("expires_at", json!({ "N": "1798761600000" })),
        ("expires_at", json!({ "N": "253402300800" })),
        ("revoked_time", json!({ "BOOL": false })),
    ];
    let records = attributes.iter().map(|(name, value)| record_with(json!({ *name: value })));
    let table = FakeTable::start(records.map(|record| Reply::item(&record))).await;
    let api = Api::with_dynamodb(&table.url).await;
    for (index, (name, value)) in attributes.iter().enumerate() {
        let report = api.authorize(&event("authorizer/allow")).await.unwrap_err();
        assert_eq!(report["errorType"], "NotDecided", "{name} {value}");
        let line = api.request_line("authorizer", index + 1).await;
        assert!(line["cause"].as_str().unwrap().contains(&format!("`{name}`")), "{line}");
    }
}

#[tokio::test]
async fn a_malformed_attribute_that_no_decision_depends_on_disables_no_key() {
    let record = record_with(json!({
        "hint": { "N": "1" },
        "name": { "L": [] },
        "created_time": { "N": "1" },
        "successor_id": { "BOOL": true },
        // The last second of the year 9999.
        "expires_at": { "N": "253402300799" },
    }));
    let table = FakeTable::start([Reply::item(&record)]).await;
    let api = Api::with_dynamodb(&table.url).await;
    assert_eq!(api.effect(&event("authorizer/allow")).await, "Allow");
}

/// Header values around a good key. Some of them may still be that key.
fn almost_good(good: String) -> impl Strategy<Value = String> {
    let position = 0..good.len();
    let (swapped, inserted, cut) = (good.clone(), good.clone(), good.clone());
    prop_oneof![
        ".{0,200}",
        "(?i:bearer) [!-~]{0,80}",
        "(?i:bearer) crd_(live|test)_[0-9A-Za-z]{49}",
        (position.clone(), any::<char>()).prop_map(move |(at, c)| {
            let (before, after) = swapped.split_at(at);
            format!("Bearer {before}{c}{}", &after[1..])
        }),
        (position.clone(), any::<char>()).prop_map(move |(at, c)| {
            let (before, after) = inserted.split_at(at);
            format!("Bearer {before}{c}{after}")
        }),
        position.prop_map(move |at| format!("Bearer {}", &cut[..at])),
        "[^Bb ]{0,10}".prop_map(move |scheme| format!("{scheme} {good}")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_random_or_mutated_header_is_looked_up_or_allowed() {
    // A lookup after the first one would be an error instead of a Deny.
    let replies = [Reply::item(&key_record()), Reply::error(400, "AccessDeniedException")];
    let table = FakeTable::start(replies).await;
    let api = Api::with_dynamodb(&table.url).await;
    assert_eq!(api.effect(&event("authorizer/allow")).await, "Allow");

    let key = key("reads its account");
    let mut runner = TestRunner::new(Config { cases: 2_000, ..Config::default() });
    let result = runner.run(&almost_good(key.clone()), |value| {
        let sent = value.strip_prefix("Bearer ").map(|sent| sent.trim_matches([' ', '\t']));
        prop_assume!(sent != Some(key.as_str()));
        let mut event = event("authorizer/allow");
        event["multiValueHeaders"]["Authorization"] = json!([value]);
        let effect = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(api.effect(&event))
        });
        prop_assert_eq!(effect, "Deny");
        Ok(())
    });
    result.unwrap();
}
