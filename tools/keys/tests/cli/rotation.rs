//! What `rotate` creates and changes.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    gate::{Fate, Gate},
    table::{Table, command, text, tool},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_expires_in_the_year_9999_at_the_latest() {
    let table = Table::start().await;
    let end = 253_402_300_799_u64;
    table.put("key_1", json!({ "created_time": "2020-01-01T00:00:00Z", "expires_at": end }));
    assert_eq!(table.json("rotate key_1").await["expires_at"], end);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_has_the_rights_and_the_lifetime_of_the_old_key() {
    let table = Table::start().await;
    let old = table
        .json("create --account acc_1 --user user_1 --scope a --scope b --name n --test --expires-in 2d")
        .await;
    let id = old["key_id"].as_str().unwrap();
    let new = table.json(&format!("rotate {id} --overlap 1h")).await;
    for attribute in ["account_id", "user_id", "scopes", "name"] {
        assert_eq!(new[attribute], old[attribute], "{attribute}");
    }
    assert!(new["key"].as_str().unwrap().starts_with("crd_test_"));
    assert_ne!(new["key"], old["key"]);
    let seconds = |value: &Value| value.as_i64().unwrap();
    let difference = seconds(&new["expires_at"]) - seconds(&old["expires_at"]);
    assert!((0..60).contains(&difference), "{difference}");
    let predecessor = &new["predecessor"];
    assert_eq!(predecessor["successor_id"], new["key_id"]);
    let difference = seconds(&old["expires_at"]) - seconds(&predecessor["expires_at"]);
    assert!((46 * 3600..=47 * 3600).contains(&difference), "{difference}");

    // An overlap does not extend the old key.
    let id = new["key_id"].as_str().unwrap();
    let newer = table.json(&format!("rotate {id} --overlap 90d")).await;
    assert_eq!(newer["predecessor"]["expires_at"], new["expires_at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_has_the_lifetime_that_the_old_key_was_created_with() {
    let table = Table::start().await;
    let now = chrono::Utc::now().timestamp();
    let in_a_year = now + 365 * 86_400;
    let year_later = chrono::DateTime::from_timestamp(in_a_year, 0).unwrap().to_rfc3339();
    for (created_time, lifetime) in [
        // From 2020-01-01 to a year from now.
        ("2020-01-01T00:00:00Z", in_a_year - 1_577_836_800),
        // The old key's remaining time, because the record does not tell the lifetime.
        ("2999-01-01T00:00:00Z", in_a_year - now),
        (&year_later, in_a_year - now),
        ("once", in_a_year - now),
    ] {
        let life = json!({ "created_time": created_time, "expires_at": in_a_year });
        table.put("key_1", life);
        let end = table.json("rotate key_1").await["expires_at"].as_i64().unwrap();
        assert!((0..60).contains(&(end - now - lifetime)), "{created_time}: {end}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_overlap_both_keys_work_for_7_days() {
    let table = Table::start().await;
    table.put("key_1", json!({}));
    let now = chrono::Utc::now().timestamp();
    let end = table.json("rotate key_1").await["predecessor"]["expires_at"].as_i64().unwrap();
    assert!((0..60).contains(&(end - now - 7 * 86_400)), "{end}");
    let help = text(tool("rotate --help").output().await.unwrap().stdout);
    assert!(help.contains("How long both keys work, such as 30s, 12h or 7d"), "{help}");
    assert!(help.contains("[default: 7d]"), "{help}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inactive_key_is_not_rotated() {
    let table = Table::start().await;
    table.put("key_expired", json!({ "expires_at": chrono::Utc::now().timestamp() - 1 }));
    table.put("key_revoked", json!({ "revoked_time": "2024-01-01T00:00:00Z" }));
    let before = table.items();
    for state in ["expired", "revoked"] {
        assert_eq!(
            table.fail(&format!("rotate key_{state}")).await,
            format!(
                "1 error: key_{state} no longer works ({state}): create a new key with \
                 `cargo keys create`\n"
            )
        );
    }
    assert_eq!(table.items(), before);
}

/// Keys that a chain of rotations connects, oldest first, and one of the same account beside them.
async fn rotated<const KEYS: usize>(table: &Table) -> [String; KEYS] {
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
    std::array::from_fn(|number| format!("key_{number}"))
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

    // From an old key to the new one, and back. A malformed record has a successor too.
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
    let (_, url) = Gate::start(&table.url, 2, Fate::Refused(denied)).await;
    let output = command(&url, "revoke key_1").output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let shown = text(output.stdout);
    assert!(shown.starts_with("key_1 was revoked at "), "{shown}");
    assert_snapshot!(text(output.stderr), @"error: the key was revoked, but the other keys of its rotations could not be read: DynamoDB denies access (not allowed): check --profile, --region, the credentials and the IAM policy");
    assert!(table.items()[0]["revoked_time"]["S"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_leads_to_its_latest_successor_or_to_a_new_key() {
    let table = Table::start().await;
    let mut messages = String::new();
    let mut rotate = async |case: &str, key_id: &str| {
        messages += &format!("{case}\n{}\n", table.fail(&format!("rotate {key_id}")).await);
    };
    rotated::<2>(&table).await;
    rotate("0 → 1", "key_0").await;
    rotated::<3>(&table).await;
    rotate("0 → 1 → 2", "key_0").await;
    table.show("revoke key_1").await;
    rotate("0 → 1 (revoked) → 2", "key_0").await;
    rotate("0 → 1 (revoked) → 2", "key_1").await;
    table.show("revoke key_2").await;
    rotate("0 → 1 (revoked) → 2 (revoked)", "key_0").await;
    rotate("0 → 1 (revoked) → 2 (revoked)", "key_2").await;
    table.put("key_2", json!({ "expires_at": 1 }));
    rotate("0 → 1 (revoked) → 2 (expired)", "key_0").await;
    table.delete("key_2").await;
    rotate("0 → 1 (revoked) → 2 (deleted)", "key_0").await;
    table.put("key_1", json!({ "successor_id": "key_0" }));
    rotate("0 → 1 → 0", "key_0").await;
    assert_snapshot!("advice", messages);
}
