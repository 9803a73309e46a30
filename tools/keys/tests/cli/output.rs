//! What the commands show, and what they put into the table.

use std::fs::File;

use credira_users::api_key::ApiKey;
use serde_json::{Value, json};

use crate::{
    snapshot::{assert_snapshot, now, shown},
    table::{Table, command, file},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_show_their_results_like_this() {
    let table = Table::start().await;
    let create =
        "create --account acc_1 --user user_1 --scope users:read --name billing --expires-in 90d";
    let mut all = table.shown([create]).await;
    let created = all.clone();
    let word = |start| created.split_whitespace().find(|word| word.starts_with(start)).unwrap();
    let [id, key] = ["key_", "crd_live_"].map(word);
    // The table has the key's hash, and never the key.
    let item = serde_json::to_string_pretty(&table.items()).unwrap();
    let hash = ApiKey::parse(key).unwrap().hash();
    all += &format!("{}\n\n", item.replace(hash.as_str(), "HASH"));
    let key = File::open(file(key)).unwrap();
    all += &shown("find < key", command(&table.url, "find").stdin(key)).await;
    // Listed first, because it is older.
    table.put("key_0", json!({ "created_time": "2020-01-01T00:00:00Z" }));
    let commands = [
        "create --account acc_2 --scope users:read --expires-in 1000y",
        "create --account acc_2 --user user_1",
        "create --account acc_2",
        "create --account acc_3 --test --user user_1 --scope users:write --scope users:read --scope \
         users:write --allow-unknown-scope --expires-at 2999-01-01T00:00:00Z --output json",
        "list --account acc_1",
        "list --account acc_1 --wide",
        "list --account acc_1 --output json",
        "list --account acc_4",
        "list --account acc_4 --output json",
        &format!("rotate {id}"),
        &format!("revoke {id}"),
        "revoke key_0 --output json",
    ];
    all += &table.shown(commands).await;
    assert_snapshot("results", &all);
    // The shortest lifetime.
    assert!(table.run("create --account acc_1 --expires-in 1s").await.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_an_account_are_listed_with_their_status_and_the_oldest_first() {
    let table = Table::start().await;
    for (key_id, day, mut attributes) in [
        ("key_d", 3, json!({ "expires_at": now() })),
        ("key_c", 2, json!({ "successor_id": "key_e", "expires_at": now() + 3_600 })),
        ("key_a", 1, json!({ "revoked_time": "2024-01-01T00:00:00Z", "successor_id": "key_c" })),
        ("key_b", 1, json!({})),
        ("key_other", 1, json!({ "account_id": "acc_2" })),
        // It does not hide others.
        ("key_malformed", 1, json!({ "scopes": "users:read" })),
    ] {
        attributes["created_time"] = json!(format!("2020-01-0{day}T00:00:00Z"));
        table.put(key_id, attributes);
    }
    assert_snapshot("list", &table.shown(["list --account acc_1 --wide"]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_many_pages_is_read_to_its_end() {
    let table = Table::start().await;
    for number in 0..1_500 {
        table.put(&format!("key_{number}"), json!({ "name": "n".repeat(1_000) }));
    }
    assert_eq!(table.list("key_id").await.len(), 1_500);
    for number in [0, 750, 1_499] {
        let output = table.run(&format!("revoke key_{number}")).await;
        assert!(output.status.success(), "{output:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_fits_80_columns_and_breaks_no_value_that_people_copy() {
    let table = Table::start().await;
    let put = |key_id: &str, user_id: &str, scopes: [&str; 2], name: &str| {
        let expires_at = now() + 7 * 86_400;
        table.put(
            key_id,
            json!({ "user_id": user_id, "scopes": scopes, "name": name, "expires_at": expires_at }),
        );
    };
    let scopes = ["users:read", "users:read:all"];
    put("key_0123456789abcdef0123", "user_123456789", scopes, "nightly-billing-export");
    put("key_123456789abcdef01234", "user_123456789", scopes, &"n".repeat(200));
    let usual = table.shown(["list --account acc_1"]).await;
    assert!(usual.lines().all(|line| line.chars().count() <= 80), "{usual}");
    // Values that are longer than that are not broken either.
    let [id, user, a, b] =
        ["key_i", "user_u", "a", "b"].map(|it| it.to_owned() + &it[it.len() - 1..].repeat(50));
    put(&id, &user, [&a, &b], "n");
    let commands = ["list --account acc_1", "list --account acc_1 --wide"];
    assert_snapshot("columns", &(usual + &table.shown(commands).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_control_characters_do_not_reach_the_terminal() {
    let table = Table::start().await;
    let evil = "\u{1b}[2Jred\n\u{7f}\u{9b}\u{202e}O'Brien \"ÆØÅ\"";
    table.put(
        "key_1",
        json!({
            "name": evil, "hint": evil, "created_time": evil, "revoked_time": evil,
            "successor_id": evil, "scopes": [evil.replace(' ', "")],
        }),
    );
    table.put("key_2\u{1b}c", json!({}));
    let commands = [
        "list --account acc_1",
        "list --account acc_1 --wide",
        "list --account acc_1 --output json",
        "revoke key_1",
        "revoke key_1 --output json",
        "rotate key_1",
    ];
    let all = table.shown(commands).await;
    let is_harmless = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
    assert!(all.chars().all(is_harmless), "{all:?}");
    assert_snapshot("control_characters", &all);
    let json = table.run("list --account acc_1 --output json").await.stdout;
    let list: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(list[0]["name"], evil);
}
