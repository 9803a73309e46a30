//! The authorizer with keys that are issued, rotated and revoked for real.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
    events::event,
    fake_table::{FakeTable, Reply},
    faults::key_record,
    keys::key,
    tables,
};

fn purpose() -> Purpose {
    Purpose {
        kind: Kind::Live,
        account_id: "acc_789123456".into(),
        user_id: None,
        scopes: vec!["users:read".into()],
        name: None,
        expires_at: None,
    }
}

/// The key tool's work, on the tables of a stack.
fn keys(api: &Api) -> Keys {
    Keys::new(tables::client(api), "api-keys".into())
}

#[tokio::test]
async fn a_key_works_once_it_is_created_and_stops_within_30_seconds_after_it_is_revoked_or_rotated()
{
    let api = Api::start().await;
    let keys = keys(&api);
    let status = async |issued: &Issued| api.get(PAGE_USER, issued.key.expose()).await.status;
    let in_9_seconds = SystemTime::now() + Duration::from_secs(9);
    let in_9_seconds = in_9_seconds.duration_since(UNIX_EPOCH).unwrap().as_secs();
    let create = async |expires_at| keys.create(Purpose { expires_at, ..purpose() }).await.unwrap();
    let [other, revoked, old] = [create(None).await, create(None).await, create(None).await];
    let expiring = create(Some(in_9_seconds)).await;
    for key in [&other, &revoked, &old, &expiring] {
        assert_eq!(status(key).await, 200);
    }
    keys.revoke(&revoked.record.key_id).await.unwrap();
    let week = Duration::from_secs(7 * 86_400);
    let (new, _) = keys.rotate(&old.record.key_id, week).await.unwrap();
    assert_eq!((status(&old).await, status(&new).await), (200, 200));
    let (newer, _) = keys.rotate(&new.record.key_id, Duration::from_secs(1)).await.unwrap();
    assert_eq!(status(&newer).await, 200);

    // It expires while its record is still in memory.
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(status(&expiring).await, 401);
    tokio::time::sleep(Duration::from_secs(21)).await;
    for (key, expected) in [(&revoked, 401), (&new, 401), (&old, 200), (&newer, 200), (&other, 200)]
    {
        assert_eq!(status(key).await, expected, "{}", key.record.key_id);
    }
}

#[tokio::test]
async fn a_verified_key_is_read_from_memory_and_an_unknown_one_from_the_table() {
    let table = FakeTable::start(Reply::Item(key_record())).await;
    let api = Api::with_dynamodb(&table.url).await;
    let event = event("authorizer/allow");
    for _ in 0..5 {
        let response = api.invoke("AuthorizerFunction", &event).await;
        assert_eq!(response["policyDocument"]["Statement"][0]["Effect"], "Allow");
    }
    assert_eq!(table.requests().len(), 1);

    let table = FakeTable::start(Reply::Empty).await;
    let api = Api::with_dynamodb(&table.url).await;
    for _ in 0..5 {
        let response = api.invoke("AuthorizerFunction", &event).await;
        assert_eq!(response["policyDocument"]["Statement"][0]["Effect"], "Deny");
    }
    assert_eq!(table.requests().len(), 5);
}

#[tokio::test]
async fn the_context_has_strings_only_and_the_policy_the_whole_stage() {
    let api = Api::start().await;
    let issued = keys(&api)
        .create(Purpose {
            user_id: Some("user_1".into()),
            scopes: vec!["users:read".into(), "calls:read".into()],
            ..purpose()
        })
        .await
        .unwrap();
    let mut event = event("authorizer/allow");
    let value = format!("Bearer {}", issued.key.expose());
    event["multiValueHeaders"]["Authorization"] = json!([value]);
    let response = api.invoke("AuthorizerFunction", &event).await;
    let context = json!({
        "key_id": issued.record.key_id,
        "account_id": "acc_789123456",
        "user_id": "user_1",
        // A set has no order: they are sorted.
        "scopes": "calls:read users:read",
    });
    assert_eq!(response["context"], context);
    assert_eq!(
        response["policyDocument"]["Statement"],
        json!([{
            "Action": "execute-api:Invoke",
            "Effect": "Allow",
            "Resource": "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/*",
        }])
    );
}

#[tokio::test]
async fn a_record_that_does_not_identify_a_caller_is_neither_an_allow_nor_a_deny() {
    for (attribute, value) in [
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
    ] {
        let mut item = key_record();
        item[attribute] = value;
        let table = FakeTable::start(Reply::Item(item.clone())).await;
        let api = Api::with_dynamodb(&table.url).await;
        let response = api.get(PAGE_USER, &key("reads its account")).await;
        assert_eq!(response.status, 503, "{item}");
        let line = api.request_line("authorizer", 1).await;
        assert!(line["cause"].as_str().unwrap().contains(&format!("`{attribute}`")), "{line}");
    }
}

#[tokio::test]
async fn a_malformed_attribute_that_no_decision_depends_on_disables_no_key() {
    let mut record = key_record();
    record["hint"] = json!({ "N": "1" });
    record["name"] = json!({ "L": [] });
    record["created_time"] = json!({ "N": "1" });
    record["successor_id"] = json!({ "BOOL": true });
    // The last second of the year 9999.
    record["expires_at"] = json!({ "N": "253402300799" });
    let table = FakeTable::start(Reply::Item(record)).await;
    let api = Api::with_dynamodb(&table.url).await;
    let response = api.invoke("AuthorizerFunction", &event("authorizer/allow")).await;
    assert_eq!(response["policyDocument"]["Statement"][0]["Effect"], "Allow");
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
    let replies = [Reply::Item(key_record()), Reply::Error(400, "AccessDeniedException")];
    let table = FakeTable::script(replies).await;
    let api = Api::with_dynamodb(&table.url).await;
    let allowed = api.invoke("AuthorizerFunction", &event("authorizer/allow")).await;
    assert_eq!(allowed["policyDocument"]["Statement"][0]["Effect"], "Allow");

    let key = key("reads its account");
    let mut runner = TestRunner::new(Config { cases: 2_000, ..Config::default() });
    let result = runner.run(&almost_good(key.clone()), |value| {
        let sent = value.strip_prefix("Bearer ").map(|sent| sent.trim_matches([' ', '\t']));
        prop_assume!(sent != Some(key.as_str()));
        let mut event = event("authorizer/allow");
        event["multiValueHeaders"]["Authorization"] = json!([value]);
        let response = api.invoke("AuthorizerFunction", &event);
        let response =
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(response));
        prop_assert_eq!(&response["policyDocument"]["Statement"][0]["Effect"], "Deny");
        Ok(())
    });
    result.unwrap();
}
