//! What each command shows and writes.

use credira_local::tables::API_KEYS;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::table::{Table, command, filters};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_at_its_creation() {
    let table = Table::start().await;
    let text = table
        .show("create --account acc_1 --user user_1 --scope users:read --name billing --expires-in 90d")
        .await;
    let json = table.show("create --account acc_1 --test --output json").await;
    let _guard = filters();
    assert_snapshot!("create", text);
    assert_snapshot!("create_json", json);
}

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
    assert_snapshot!("list", table.show("list --account acc_2").await);
    assert_snapshot!("list_json", table.show("list --account acc_2 --output json").await);
    assert_snapshot!(table.show("list --account acc_3").await, @"acc_3 has no keys.");
    assert_eq!(table.json("list --account acc_3").await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_many_pages_is_whole() {
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
    // And a key on its last page is found.
    table.show("revoke key_2499").await;
}

fn record(key_id: &str, more: Value) -> Value {
    let mut item = json!({ "key_hash": key_id, "key_id": key_id, "account_id": "acc_1" });
    item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    item
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_key_is_listed_first() {
    let table = Table::start().await;
    for (key_id, year) in [("key_b", 2022), ("key_a", 2023), ("key_c", 2021)] {
        let created = json!({ "created_time": format!("{year}-01-01T00:00:00Z") });
        table.tables.put(API_KEYS, &record(key_id, created)).unwrap();
    }
    let list = table.json("list --account acc_1").await;
    let ids: Vec<_> = list.as_array().unwrap().iter().map(|key| &key["key_id"]).collect();
    assert_eq!(ids, ["key_c", "key_b", "key_a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_record_hides_no_other_and_can_be_revoked() {
    let table = Table::start().await;
    table.tables.put(API_KEYS, &record("key_broken", json!({ "scopes": "users:read" }))).unwrap();
    let good = table.id("create --account acc_1").await;
    let output = table.run("list --account acc_1").await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains(&good));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("the record of key_broken is broken"), "{message}");
    assert!(table.fail("rotate key_broken").await.contains("attribute `scopes`"));
    table.show("revoke key_broken").await;
    let item = table.items().into_iter().find(|item| item["key_id"]["S"] == "key_broken");
    assert!(item.unwrap()["revoked_time"]["S"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_can_be_revoked_again_and_again() {
    let table = Table::start().await;
    let id = table.id("create --account acc_1").await;
    let first = table.show(&format!("revoke {id}")).await;
    let again = table.show(&format!("revoke {id}")).await;
    assert_eq!(first, again);
    assert_eq!(table.items().len(), 1);
    // Long ago: the first time counts. Never, in the words of another tool: not yet.
    let long_ago = json!({ "revoked_time": "2024-01-01T00:00:00Z" });
    table.tables.put(API_KEYS, &record("key_old", long_ago)).unwrap();
    assert_eq!(table.json("revoke key_old").await["revoked_time"], "2024-01-01T00:00:00Z");
    let never = json!({ "revoked_time": null, "successor_id": null });
    table.tables.put(API_KEYS, &record("key_null", never.clone())).unwrap();
    assert!(table.json("revoke key_null").await["revoked_time"].is_string());
    table.tables.put(API_KEYS, &record("key_null", never)).unwrap();
    assert!(table.json("rotate key_null").await["key"].is_string());
    let _guard = filters();
    assert_snapshot!("revoke", first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_has_the_rights_of_the_old_key_and_as_long_a_life() {
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
    let lives_longer = seconds(&new["expires_at"]) - seconds(&old["expires_at"]);
    assert!((0..60).contains(&lives_longer), "{lives_longer}");
    let predecessor = &new["predecessor"];
    assert_eq!(predecessor["successor_id"], new["key_id"]);
    let ends_earlier = seconds(&old["expires_at"]) - seconds(&predecessor["expires_at"]);
    assert!((46 * 3600..=47 * 3600).contains(&ends_earlier), "{ends_earlier}");

    // An overlap never lets a key live longer than it would have.
    let id = new["key_id"].as_str().unwrap();
    let newer = table.json(&format!("rotate {id} --overlap 90d")).await;
    assert_eq!(newer["predecessor"]["expires_at"], new["expires_at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_s_life_is_as_long_as_the_old_key_s_was_meant_to_be() {
    let table = Table::start().await;
    let now = chrono::Utc::now().timestamp();
    let in_a_year = now + 365 * 86_400;
    for (created_time, lifetime) in [
        // 2020-01-01 and then until in a year.
        ("2020-01-01T00:00:00Z", in_a_year - 1_577_836_800),
        // What is left, where the record does not say how long it was meant to be.
        ("2999-01-01T00:00:00Z", in_a_year - now),
        ("once", in_a_year - now),
    ] {
        let life = json!({ "created_time": created_time, "expires_at": in_a_year });
        table.tables.put(API_KEYS, &record("key_1", life)).unwrap();
        let end = table.json("rotate key_1").await["expires_at"].as_i64().unwrap();
        assert!((0..60).contains(&(end - now - lifetime)), "{created_time}: {end}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_wrong_is_said_with_what_to_do() {
    let table = Table::start().await;
    let revoked = table.id("create --account acc_1").await;
    table.show(&format!("revoke {revoked}")).await;
    let rotated = table.id("create --account acc_1").await;
    table.show(&format!("rotate {rotated}")).await;
    let mut messages = String::new();
    for arguments in [
        &format!("rotate {revoked}"),
        &format!("rotate {rotated}"),
        "revoke key_1",
        "rotate key_1",
        "list --account acc_1 --table nope",
        "create --account acc_1 --table nope",
        "revoke key_1 --table nope",
        "create --account acc_1 --user john",
        "create",
        "create --account acc_1 --expires-in 90",
        "create --account acc_1 --expires-in 0s",
        "create --account acc_1 --expires-in 5000y",
        "create --account acc_1 --expires-at 2030-01-31",
        "create --account acc_1 --scope users:read,users:read:all",
        "list --account acc_1 --table ",
        "list --account ",
        "create --account acc_1 --expires-at 2024-01-01T00:00:00Z",
        "create --account acc_1 --expires-in 1d --expires-at 2999-01-01T00:00:00Z",
        "rotate key_1 --overlap soon",
        "explode",
    ] {
        messages += &format!("$ {arguments}\n{}\n", table.fail(arguments).await);
    }
    let nobody = Table { url: "http://127.0.0.1:1".into(), ..table };
    messages += &nobody.fail("list --account acc_1").await;
    let _guard = filters();
    assert_snapshot!("errors", messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_region_or_credentials_it_says_so() {
    let table = Table::start().await;
    // Not by 127.0.0.1, so that it does not take the table for a local one.
    let url = table.url.replace("127.0.0.1", "127.0.0.2");
    let run = async |region: bool| {
        let mut command = command(&url, "list --account acc_1");
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nowhere");
        if region {
            command.args(["--region", "eu-west-1"]);
        }
        let output = command.output().await.unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(run(false).await.starts_with("error: no AWS region: pass --region"));
    assert!(run(true).await.starts_with("error: no AWS credentials: pass --profile"));
}
