//! What `rotate` creates and changes, and what `revoke` says about the other keys of the rotations.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;

use crate::{
    snapshot::{assert_snapshot, now, shown},
    table::{Table, command},
};

const DAY: u64 = 86_400;

fn rfc3339(seconds: u64) -> String {
    humantime::format_rfc3339(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_has_the_rights_and_the_old_key_expires_after_the_overlap() {
    let table = Table::start().await;
    let record = json!({
        "name": "n", "hint": "crd_test_…abcd", "user_id": "user_1", "scopes": ["b", "a"],
        "expires_at": now() + 365 * DAY,
    });
    table.put("key_1", record.clone());
    table.put("key_2", record);
    // A key that does not expire, and NULL, as other tools may write it.
    table.put("key_3", json!({ "revoked_time": null, "successor_id": null }));
    let commands = [
        "rotate key_1 --overlap 1h --output json",
        "list --account acc_1 --output json",
        // An overlap does not extend the old key.
        "rotate key_2 --overlap 1000y",
        "rotate key_3",
    ];
    assert_snapshot("rotate", &table.shown(commands).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_has_the_lifetime_that_the_old_key_was_created_with() {
    let table = Table::start().await;
    let mut all = String::new();
    let year = 365 * DAY;
    let with_offset = rfc3339(now() - year + 7_200).replace('Z', "+02:00");
    for (title, created_time, expires_at) in [
        ("from a year ago to a year from now", rfc3339(now() - year), now() + year),
        ("the same, in another time zone", with_offset, now() + year),
        // The old key's remaining time, because the record does not tell the lifetime.
        ("created in the future", "2999-01-01T00:00:00Z".to_owned(), now() + year),
        ("created once", "once".to_owned(), now() + year),
        // In the year 9999 at the latest.
        ("until 9999", "2020-01-01T00:00:00Z".to_owned(), 253_402_300_799),
    ] {
        table.put("key_1", json!({ "created_time": created_time, "expires_at": expires_at }));
        all += &shown(title, &mut command(&table.url, "rotate key_1")).await;
    }
    assert_snapshot("lifetimes", &all);
}

/// Keys that a chain of rotations connects, oldest first, and one of the same account beside them.
fn rotated(table: &Table, keys: usize) {
    table.put("key_other", json!({ "created_time": "2020-01-01T00:00:00Z" }));
    for number in 0..keys {
        let mut record = json!({ "created_time": format!("202{number}-01-01T00:00:00Z") });
        if number + 1 < keys {
            record["successor_id"] = json!(format!("key_{}", number + 1));
            record["expires_at"] = json!(4_070_908_800_u64);
        }
        table.put(&format!("key_{number}"), record);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_names_the_keys_of_its_rotations_that_still_work() {
    let table = Table::start().await;
    rotated(&table, 4);
    // Said again, and without the keys that were revoked.
    let commands = ["revoke key_1", "revoke key_1 --output json", "revoke key_3"];
    let mut all = table.shown(commands).await;
    table.put("key_2", json!({ "expires_at": 1, "successor_id": "key_3" }));
    all += &table.shown(["revoke key_other", "revoke key_0"]).await;
    assert_snapshot("revoke", &all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_revoked_once_even_if_its_record_is_malformed() {
    let table = Table::start().await;
    table.put("key_old", json!({ "revoked_time": "2024-01-01T00:00:00Z" }));
    // NULL, as other tools may write it, is not a time.
    table.put("key_null", json!({ "revoked_time": null }));
    // It has a successor all the same.
    table.put("key_malformed", json!({ "successor_id": "key_new", "scopes": "users:read" }));
    table.put("key_new", json!({}));
    let commands =
        ["revoke key_old", "revoke key_null", "rotate key_malformed", "revoke key_malformed"];
    let all = table.shown(commands).await;
    let items = serde_json::to_string_pretty(&table.items()).unwrap();
    assert_snapshot("revoke_malformed", &(all + &items));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_rotated_leads_to_its_latest_successor_or_to_a_new_key() {
    let table = Table::start().await;
    let mut all = String::new();
    let mut rotate = async |key_id: &str, case: &str| {
        let before = table.items();
        let arguments = format!("rotate {key_id}");
        let title = format!("{arguments} of {case}");
        all += &shown(&title, &mut command(&table.url, &arguments)).await;
        assert_eq!(table.items(), before, "{case}");
    };
    rotated(&table, 3);
    rotate("key_0", "0 → 1 → 2").await;
    table.put("key_1", json!({ "successor_id": "key_2", "revoked_time": "2024-01-01T00:00:00Z" }));
    rotate("key_1", "0 → 1 (revoked) → 2").await;
    table.put("key_2", json!({ "revoked_time": "2024-01-01T00:00:00Z" }));
    rotate("key_0", "0 → 1 (revoked) → 2 (revoked)").await;
    rotate("key_2", "0 → 1 (revoked) → 2 (revoked)").await;
    table.put("key_2", json!({ "expires_at": now() }));
    rotate("key_2", "0 → 1 (revoked) → 2 (expired)").await;
    table.put("key_2", json!({ "scopes": "broken" }));
    rotate("key_0", "0 → 1 (revoked) → 2 (malformed)").await;
    table.delete("key_2").await;
    rotate("key_0", "0 → 1 (revoked) → 2 (deleted)").await;
    table.put("key_1", json!({ "successor_id": "key_0" }));
    rotate("key_0", "0 → 1 → 0").await;
    assert_snapshot("advice", &all);
}
