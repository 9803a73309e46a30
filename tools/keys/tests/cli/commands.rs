//! What each command does to the table, and its JSON output.

use credira_local::tables::API_KEYS;
use insta::assert_snapshot;
use serde_json::json;

use crate::table::{Table, filters};

#[tokio::test(flavor = "multi_thread")]
async fn the_table_has_the_hash_and_never_the_key() {
    let table = Table::start().await;
    let issued = table
        .json("create --account acc_1 --scope users:read --expires-at 2999-01-01T00:00:00Z")
        .await;
    let key = issued["key"].as_str().unwrap();
    let parsed = credira_users::api_key::ApiKey::parse(key).unwrap();
    let [item] = &table.items()[..] else { panic!("one item") };
    assert_eq!(item["key_hash"], json!({ "S": parsed.hash() }));
    assert_eq!(item["key_id"], json!({ "S": issued["key_id"] }));
    assert_eq!(item["scopes"], json!({ "SS": ["users:read"] }));
    assert_eq!(item["expires_at"], json!({ "N": "32472144000" }));
    let random = key.strip_prefix("crd_live_").unwrap();
    assert!(!item.to_string().contains(&random[..8]), "{item}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_an_account_are_listed_with_their_status() {
    let table = Table::start().await;
    let revoked = table.id("create --account acc_1 --name 1-revoked").await;
    table.show(&format!("revoke {revoked}")).await;
    let rotated = table.id("create --account acc_1 --name 2-rotated").await;
    table.show(&format!("rotate {rotated}")).await;
    let expired = table.id("create --account acc_1 --name 3-expired").await;
    table.show(&format!("rotate {expired} --overlap 0s")).await;
    table.id("create --account acc_2 --name other").await;

    let list = table.json("list --account acc_1").await;
    let mut rows: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|key| format!("{} {}", key["name"], key["status"]).replace('"', ""))
        .collect();
    rows.sort();
    assert_eq!(
        rows,
        [
            "1-revoked revoked",
            "2-rotated active",
            "2-rotated rotated",
            "3-expired active",
            "3-expired expired"
        ]
    );
    assert!(!list.to_string().contains("\"key\""));
    let _guard = filters();
    assert_snapshot!("list_json", table.show("list --account acc_2 --output json").await);
    assert_snapshot!(table.show("list --account acc_3").await, @"acc_3 has no keys.");
    assert_eq!(table.json("list --account acc_3").await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_many_pages_is_complete() {
    let table = Table::start().await;
    let name = "n".repeat(1_000);
    for number in 0..2_500 {
        let item = json!({
            "key_hash": format!("hash-{number}"),
            "key_id": format!("key_{number}"),
            "account_id": "acc_1",
            "name": name,
        });
        table.tables.put(API_KEYS, &item).unwrap();
    }
    assert_eq!(table.json("list --account acc_1").await.as_array().unwrap().len(), 2_500);
    // A key on the last page is found.
    table.show("revoke key_2499").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_key_is_listed_first() {
    let table = Table::start().await;
    for (key_id, year) in [("key_b", 2022), ("key_a", 2023), ("key_c", 2021)] {
        let created = json!({ "created_time": format!("{year}-01-01T00:00:00Z") });
        table.put(key_id, created);
    }
    let list = table.json("list --account acc_1").await;
    let ids: Vec<_> = list.as_array().unwrap().iter().map(|key| &key["key_id"]).collect();
    assert_eq!(ids, ["key_c", "key_b", "key_a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_record_does_not_hide_others_and_can_be_revoked() {
    let table = Table::start().await;
    table.put("key_malformed", json!({ "scopes": "users:read" }));
    let good = table.id("create --account acc_1").await;
    let output = table.run("list --account acc_1").await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains(&good));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("the record of key_malformed is malformed"), "{message}");
    assert!(table.fail("rotate key_malformed").await.contains("attribute `scopes`"));
    table.show("revoke key_malformed").await;
    let item = table.items().into_iter().find(|item| item["key_id"]["S"] == "key_malformed");
    assert!(item.unwrap()["revoked_time"]["S"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_can_be_revoked_more_than_once() {
    let table = Table::start().await;
    let id = table.id("create --account acc_1").await;
    let first = table.show(&format!("revoke {id}")).await;
    let again = table.show(&format!("revoke {id}")).await;
    assert_eq!(first, again);
    assert_eq!(table.items().len(), 1);
    // The first time counts. NULL, as other tools may write it, is not a time.
    let long_ago = json!({ "revoked_time": "2024-01-01T00:00:00Z" });
    table.put("key_old", long_ago);
    assert_eq!(table.json("revoke key_old").await["revoked_time"], "2024-01-01T00:00:00Z");
    let never = json!({ "revoked_time": null, "successor_id": null });
    table.put("key_null", never.clone());
    assert!(table.json("revoke key_null").await["revoked_time"].is_string());
    table.put("key_null", never);
    assert!(table.json("rotate key_null").await["key"].is_string());
    let _guard = filters();
    assert_snapshot!("revoke", first);
}
