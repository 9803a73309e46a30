//! What `rotate` creates and changes, and what two tools do at once.

use insta::assert_snapshot;
use serde_json::json;

use crate::{
    servers::{Fate, Gate},
    table::{Table, command, failure, is_about, now, text},
};

const DAY: u64 = 86_400;

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_has_the_rights_and_the_old_key_expires_after_the_overlap() {
    let table = Table::start().await;
    let old = table
        .json(
            "create --account acc_1 --user user_1 --scope users:read --scope users:read:all \
             --name n --test --expires-in 2d",
        )
        .await;
    let id = old["key_id"].as_str().unwrap();
    let new = table.json(&format!("rotate {id} --overlap 1h")).await;
    for attribute in ["account_id", "user_id", "scopes", "name"] {
        assert_eq!(new[attribute], old[attribute], "{attribute}");
    }
    assert!(new["key"].as_str().unwrap().starts_with("crd_test_"));
    assert_ne!(new["key"], old["key"]);
    assert_eq!(new["predecessor"]["successor_id"], new["key_id"]);
    assert!(is_about(&new["predecessor"]["expires_at"], now() + 3_600), "{new}");
    let listed = table.json("list --account acc_1").await;
    assert!(listed.as_array().unwrap().contains(&new["predecessor"]), "{new} {listed}");

    // An overlap does not extend the old key.
    let id = new["key_id"].as_str().unwrap();
    let newer = table.json(&format!("rotate {id} --overlap 90d")).await;
    assert_eq!(newer["predecessor"]["expires_at"], new["expires_at"]);

    // Without an overlap, both keys work for a week. The successor of a key that does not expire
    // does not expire.
    table.put("key_1", json!({}));
    let new = table.json("rotate key_1").await;
    assert_eq!(new["expires_at"], json!(null));
    assert!(is_about(&new["predecessor"]["expires_at"], now() + 7 * DAY), "{new}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_has_the_lifetime_that_the_old_key_was_created_with() {
    let table = Table::start().await;
    let year = 365 * DAY;
    let in_a_year = now() + year;
    for (created_time, expires_at, end) in [
        // From 2020-01-01 to a year from now, and again.
        ("2020-01-01T00:00:00Z", in_a_year, now() + in_a_year - 1_577_836_800),
        ("2020-01-01T02:00:00+02:00", in_a_year, now() + in_a_year - 1_577_836_800),
        // The old key's remaining time, because the record does not tell the lifetime.
        ("2999-01-01T00:00:00Z", in_a_year, in_a_year),
        ("once", in_a_year, in_a_year),
    ] {
        table.put("key_1", json!({ "created_time": created_time, "expires_at": expires_at }));
        let new = table.json("rotate key_1").await;
        assert!(is_about(&new["expires_at"], end), "{created_time}: {new}");
    }
    // In the year 9999 at the latest.
    let end = 253_402_300_799_u64;
    table.put("key_1", json!({ "created_time": "2020-01-01T00:00:00Z", "expires_at": end }));
    assert_eq!(table.json("rotate key_1").await["expires_at"], end);
}

/// Keys that a chain of rotations connects, oldest first, and one of the same account beside them.
async fn rotated<const KEYS: usize>(table: &Table) {
    table.put("key_other", json!({ "created_time": "2020-01-01T00:00:00Z" }));
    for number in 0..KEYS {
        let created_time = format!("202{number}-01-01T00:00:00Z");
        let mut record = json!({ "created_time": created_time });
        if number + 1 < KEYS {
            record["successor_id"] = json!(format!("key_{}", number + 1));
            record["expires_at"] = json!(4_070_908_800_u64);
        }
        table.put(&format!("key_{number}"), record);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_names_the_keys_of_its_rotations_that_still_work() {
    let table = Table::start().await;
    rotated::<4>(&table).await;
    let still_working = async |key_id: &str| {
        let revoked = table.json(&format!("revoke {key_id}")).await;
        let keys = revoked["still_working"].as_array().unwrap().clone();
        keys.iter().map(|key| key["key_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(still_working("key_1").await, ["key_0", "key_2", "key_3"]);
    // It is said again, and without the keys that were revoked.
    assert_eq!(still_working("key_1").await, ["key_0", "key_2", "key_3"]);
    assert_eq!(still_working("key_3").await, ["key_0", "key_2"]);
    table.put("key_2", json!({ "expires_at": 1, "successor_id": "key_3" }));
    assert_eq!(still_working("key_other").await, [""; 0]);
    assert_eq!(still_working("key_0").await, [""; 0]);

    // A malformed record has a successor too.
    table.put("key_a", json!({ "successor_id": "key_b", "scopes": "broken" }));
    table.put("key_b", json!({}));
    assert_eq!(still_working("key_a").await, ["key_b"]);
    rotated::<2>(&table).await;
    assert_snapshot!(table.show("revoke key_1").await.lines().last().unwrap(), @"key_0 of the same rotation still works until 2099-01-01T00:00:00Z.");
    rotated::<2>(&table).await;
    assert_snapshot!(table.show("revoke key_0").await.lines().last().unwrap(), @"key_1 of the same rotation still works and does not expire.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_revoked_even_if_the_keys_of_its_rotations_cannot_be_read() {
    let table = Table::start().await;
    table.put("key_1", json!({}));
    let denied = r#"{"__type":"x#AccessDeniedException","message":"not allowed"}"#;
    let (_, url) = Gate::start(&table.url, 2, Fate::Refused(400, denied)).await;
    let output = command(&url, "revoke key_1").output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let shown = text(output.stdout);
    assert!(shown.starts_with("key_1 was revoked at "), "{shown}");
    assert_snapshot!(text(output.stderr), @"error: the key was revoked, but the other keys of its rotations could not be read: the request to the table api-keys failed (AccessDeniedException: not allowed): check --table, --region, --profile and the IAM policy");
    assert!(table.items()[0]["revoked_time"]["S"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_rotated_leads_to_its_latest_successor_or_to_a_new_key() {
    let table = Table::start().await;
    let mut messages = String::new();
    let mut rotate = async |case: &str, key_id: &str| {
        let before = table.items();
        messages += &format!("{case}\n{}\n", table.fail(&format!("rotate {key_id}")).await);
        assert_eq!(table.items(), before, "{case}");
    };
    rotated::<3>(&table).await;
    rotate("0 → 1 → 2", "key_0").await;
    table.show("revoke key_1").await;
    rotate("0 → 1 (revoked) → 2", "key_1").await;
    table.show("revoke key_2").await;
    rotate("0 → 1 (revoked) → 2 (revoked)", "key_0").await;
    rotate("0 → 1 (revoked) → 2 (revoked)", "key_2").await;
    table.put("key_2", json!({ "expires_at": now() }));
    rotate("0 → 1 (revoked) → 2 (expired)", "key_2").await;
    table.put("key_2", json!({ "scopes": "broken" }));
    rotate("0 → 1 (revoked) → 2 (malformed)", "key_0").await;
    table.delete("key_2").await;
    rotate("0 → 1 (revoked) → 2 (deleted)", "key_0").await;
    table.put("key_1", json!({ "successor_id": "key_0" }));
    rotate("0 → 1 → 0", "key_0").await;
    assert_snapshot!("advice", messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_another_tool_changes_in_the_meantime_is_not_changed_again() {
    for (arguments, meantime, message, items) in [
        ("rotate key_1", "rotate key_1", "was already rotated", 2),
        ("rotate key_1", "revoke key_1", "(revoked)", 1),
        ("rotate key_1", "delete", "the table has no key key_1", 0),
        ("revoke key_1", "delete", "the table has no key key_1", 0),
    ] {
        let table = Table::start().await;
        table.put("key_1", json!({}));
        // After the tool has read the key, before it changes anything.
        let (gate, url) = Gate::start(&table.url, 1, Fate::Held).await;
        let mut tool = command(&url, arguments);
        let tool = tokio::spawn(async move { tool.output().await.unwrap() });
        gate.has_arrived().await;
        match meantime {
            "delete" => table.delete("key_1").await,
            arguments => drop(table.show(arguments).await),
        }
        gate.is_open.notify_one();
        let shown = failure(tool.await.unwrap());
        assert!(shown.contains(message), "{arguments} and {meantime}: {shown}");
        assert_eq!(table.items().len(), items, "{arguments} and {meantime}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_with_another_transaction_is_retried_and_any_other_error_is_final() {
    for (name, error, is_retried) in [
        (
            "rotate",
            r#"{"__type":"x#TransactionCanceledException","Message":"Cancelled","CancellationReasons":[{"Code":"None"},{"Code":"TransactionConflict"}]}"#,
            true,
        ),
        (
            "revoke",
            r#"{"__type":"x#TransactionConflictException","message":"Transaction is ongoing"}"#,
            true,
        ),
        (
            "rotate",
            r#"{"__type":"x#TransactionCanceledException","Message":"Cancelled","CancellationReasons":[{"Code":"None"},{"Code":"ItemCollectionSizeLimitExceeded"}]}"#,
            false,
        ),
        ("rotate", r#"{"__type":"x#AccessDeniedException","Message":"Cancelled"}"#, false),
        ("revoke", r#"{"__type":"x#AccessDeniedException","Message":"Cancelled"}"#, false),
    ] {
        let table = Table::start().await;
        table.put("key_1", json!({}));
        let (gate, url) = Gate::start(&table.url, 1, Fate::Refused(400, error)).await;
        let output = command(&url, &format!("{name} key_1")).output().await.unwrap();
        assert_eq!(output.status.success(), is_retried, "{name} {error}: {output:?}");
        assert_eq!(gate.seen() > 2, is_retried, "{name} {error}");
        if !is_retried {
            let message = failure(output);
            assert!(message.contains("Exception: Cancelled"), "{message}");
        }
    }
}
