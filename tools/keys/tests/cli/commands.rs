//! What each command does to the table, and its JSON output.

use credira_local::tables::API_KEYS;
use credira_users::api_key::{ApiKey, Kind};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::table::{Table, failure, filters, is_about, now, text};

#[tokio::test(flavor = "multi_thread")]
async fn the_table_has_the_hash_and_never_the_key() {
    let table = Table::start().await;
    let issued = table
        .json("create --account acc_1 --scope users:read --expires-at 2999-01-01T00:00:00Z")
        .await;
    let key = issued["key"].as_str().unwrap();
    let parsed = ApiKey::parse(key).unwrap();
    let [item] = &table.items()[..] else { panic!("one item") };
    assert_eq!(item["key_hash"], json!({ "S": parsed.hash().as_str() }));
    assert_eq!(item["key_id"], json!({ "S": issued["key_id"] }));
    assert_eq!(item["scopes"], json!({ "SS": ["users:read"] }));
    assert_eq!(item["expires_at"], json!({ "N": "32472144000" }));
    assert_eq!(issued["expires_time"], "2999-01-01T00:00:00Z");
    assert_eq!(item.as_object().unwrap().len(), 7, "{item}");
    let random = key.strip_prefix("crd_live_").unwrap();
    assert!(!item.to_string().contains(&random[..8]), "{item}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_lives_as_long_as_it_was_created_for() {
    let table = Table::start().await;
    for (text, lifetime) in [("1s", 1), ("90d", 90 * 86_400), ("1000y", 1000 * 31_557_600)] {
        let created = table.json(&format!("create --account acc_1 --expires-in {text}")).await;
        assert!(is_about(&created["expires_at"], now() + lifetime), "{text}: {created}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_an_account_are_listed_with_their_status_and_the_oldest_first() {
    let table = Table::start().await;
    let put = |key_id: &str, attributes: Value| {
        let mut record = json!({ "created_time": format!("2020-01-{}T00:00:00Z", &key_id[4..]) });
        record.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
        table.put(key_id, record);
    };
    put("key_04", json!({ "expires_at": now() }));
    put("key_03", json!({ "successor_id": "key_05", "expires_at": now() + 1_000 }));
    put("key_02", json!({ "revoked_time": "2024-01-01T00:00:00Z", "successor_id": "key_03" }));
    put("key_05", json!({}));
    table.put("key_other", json!({ "account_id": "acc_2" }));
    assert_eq!(table.list("key_id").await, ["key_02", "key_03", "key_04", "key_05"]);
    assert_eq!(table.list("status").await, ["revoked", "rotated", "expired", "active"]);
    assert_eq!(table.show("list --account acc_3").await, "acc_3 has no keys.\n");
    assert_eq!(table.json("list --account acc_3").await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_many_pages_is_read_to_its_end() {
    let table = Table::start().await;
    for number in 0..2_500 {
        let item = json!({
            "key_hash": format!("hash-{number}"),
            "key_id": format!("key_{number}"),
            "account_id": "acc_1",
            "name": "n".repeat(1_000),
        });
        table.tables.put(API_KEYS, &item).unwrap();
    }
    assert_eq!(table.list("key_id").await.len(), 2_500);
    for number in [0, 1_250, 2_499] {
        table.show(&format!("revoke key_{number}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_record_does_not_hide_others_and_can_be_revoked() {
    let table = Table::start().await;
    table.put("key_malformed", json!({ "scopes": "users:read" }));
    let good = table.id("create --account acc_1").await;
    let output = table.run("list --account acc_1").await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(output.stdout).contains(&good));
    assert_snapshot!(text(output.stderr), @"error: the list is incomplete: the record of key_malformed is malformed: correct it, or revoke the key: attribute `scopes` is not a List of Strings or a String Set");
    assert!(table.fail("rotate key_malformed").await.contains("attribute `scopes`"));
    table.show("revoke key_malformed").await;
    let item = table.items().into_iter().find(|item| item["key_id"]["S"] == "key_malformed");
    assert!(item.unwrap()["revoked_time"]["S"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_can_be_revoked_more_than_once_and_the_first_time_counts() {
    let table = Table::start().await;
    let id = table.id("create --account acc_1").await;
    let first = table.show(&format!("revoke {id}")).await;
    assert_eq!(table.show(&format!("revoke {id}")).await, first);
    assert_eq!(table.items().len(), 1);
    table.put("key_old", json!({ "revoked_time": "2024-01-01T00:00:00Z" }));
    assert_eq!(table.json("revoke key_old").await["revoked_time"], "2024-01-01T00:00:00Z");
    // NULL, as other tools may write it, is not a time.
    let never = json!({ "revoked_time": null, "successor_id": null });
    table.put("key_null", never.clone());
    assert!(table.json("revoke key_null").await["revoked_time"].is_string());
    table.put("key_null", never);
    assert!(table.json("rotate key_null").await["key"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_on_standard_input_leads_to_its_record() {
    let table = Table::start().await;
    let created = table.json("create --account acc_1 --scope users:read").await;
    let key = created["key"].as_str().unwrap();
    let record = &table.json("list --account acc_1").await[0];
    table.id("create --account acc_1").await;
    for input in [
        key.to_owned(),
        format!("\n  '{key}'\r\n"),
        format!("Authorization: Bearer {key}"),
        format!(r#"{{"key": "{key}", "again": "{key}"}}"#),
        key.replace("crd_live_", ""),
    ] {
        for arguments in [" --output json", " - --output json"] {
            let output = table.find(arguments, &input).await;
            assert!(output.status.success(), "{output:?}");
            assert_eq!(text(output.stderr), "");
            assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), *record);
        }
    }
    table.show(&format!("revoke {}", record["key_id"].as_str().unwrap())).await;
    let revoked = text(table.find("", key).await.stdout);
    assert!(revoked.contains("revoked") && !revoked.contains("cargo keys revoke"), "{revoked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_without_a_record_says_what_to_do() {
    let table = Table::start().await;
    let key = |number| ApiKey::with_checksum(Kind::Live, [number; 43]);
    let [a, b, malformed] = [key(36), key(37), key(48)];
    let item = json!({ "key_hash": malformed.hash().as_str(), "scopes": 1 });
    table.put("key_malformed", item);
    let mut messages = String::new();
    for input in [
        "",
        " \n",
        "key_1",
        &format!("{}0", &a.expose()[..57]),
        &a.expose()[..50],
        &format!("{} {}", a.expose(), b.expose()),
        a.expose(),
        malformed.expose(),
    ] {
        messages += &failure(table.find("", input).await);
    }
    assert!(!messages.contains("aaaaa") && !messages.contains("mmmmm"), "{messages}");
    let _guard = filters();
    assert_snapshot!("find_errors", messages);
}
