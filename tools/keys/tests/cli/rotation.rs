//! What `rotate` creates and changes.

use serde_json::{Value, json};

use crate::table::{Table, text, tool};

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
