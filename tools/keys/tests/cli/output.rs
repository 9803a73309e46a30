//! What a person reads: warnings, notes, tables.

use insta::assert_snapshot;
use serde_json::json;

use crate::table::{Table, filters, text, tool};

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_the_api_does_not_know_is_a_warning() {
    let table = Table::start().await;
    let output = table.run("create --account acc_1 --scope users:read --scope users:write").await;
    assert!(output.status.success(), "{output:?}");
    assert_snapshot!(text(output.stderr), @"warning: this API does not know the scope users:write; it knows users:read and users:read:all");
    assert_eq!(table.items()[0]["scopes"], json!({ "SS": ["users:read", "users:write"] }));
    let known = "create --account acc_1 --scope users:read --scope users:read:all";
    assert_eq!(text(table.run(known).await.stderr), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_may_read_nobody_is_a_warning() {
    let table = Table::start().await;
    let output = table.run("create --account acc_1").await;
    assert!(output.status.success(), "{output:?}");
    assert_snapshot!(text(output.stderr), @"warning: this key may read nobody, because it has no --user and no --scope");
    let of_a_user = "create --account acc_1 --user user_1";
    assert_eq!(text(table.run(of_a_user).await.stderr), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_without_an_expiry_says_so() {
    let table = Table::start().await;
    let note = "The new key does not expire.";
    let forever = table.show("create --account acc_1").await;
    assert!(forever.contains(note), "{forever}");
    let expires = table.show("create --account acc_1 --expires-in 90d").await;
    assert!(!expires.contains(note), "{expires}");
    table.put("key_1", json!({}));
    let successor = table.show("rotate key_1").await;
    assert!(successor.contains(note), "{successor}");
    let list = table.show("list --account acc_1").await;
    assert!(list.contains("never"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_control_characters_do_not_reach_the_terminal() {
    let table = Table::start().await;
    let evil = "\u{1b}[2Jred\n\u{7f}\u{9b}\u{202e}O'Brien \"ÆØÅ\"";
    table.put(
        "key_1\u{1b}c",
        json!({
            "name": evil, "hint": evil, "user_id": evil, "created_time": evil, "revoked_time": evil,
            "successor_id": evil,
        }),
    );
    table.put("key_2\u{1b}c", json!({ "scopes": "broken" }));
    let mut shown = Vec::new();
    for arguments in [
        "list --account acc_1",
        "list --account acc_1 --wide",
        "list --account acc_1 --output json",
        "revoke key_1\u{1b}c",
        "revoke key_1\u{1b}c --output json",
        "rotate key_1\u{1b}c",
        "rotate key_2\u{1b}c",
    ] {
        let output = table.run(arguments).await;
        for text in [text(output.stdout), text(output.stderr)] {
            let is_harmless = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
            assert!(text.chars().all(is_harmless), "{arguments}: {text:?}");
            shown.push(text);
        }
    }
    let name = r#"\u{1b}[2Jred\n\u{7f}\u{9b}\u{202e}O'Brien "ÆØÅ""#;
    assert!(shown[2].contains(name), "{}", shown[2]);
    let list: serde_json::Value = serde_json::from_str(&shown[4]).unwrap();
    assert_eq!(list[0]["name"], evil);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_fits_80_columns_and_a_wide_list_is_complete() {
    let table = Table::start().await;
    let create = "create --account acc_1 --user user_123456789 --scope users:read \
                  --scope users:read:all --expires-in 90d --name";
    let long = "n".repeat(200);
    let id = table.id(&format!("{create} nightly-billing-export")).await;
    table.id(&format!("{create} {long}")).await;
    table.put(&format!("key_{long}"), json!({ "user_id": format!("user_{long}") }));
    let list = table.show("list --account acc_1").await;
    for line in list.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(list.contains(&id), "{list}");
    let wide = table.show("list --account acc_1 --wide").await;
    let row = wide.lines().find(|line| line.contains(&id)).unwrap();
    for cell in
        ["nightly-billing-export", "user_123456789", "users:read users:read:all", "crd_live_…"]
    {
        assert!(row.contains(cell), "{row}");
    }
    assert!(wide.lines().any(|line| line.contains(&long)), "{wide}");
    assert_eq!(wide.lines().count(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_help_of_create_shows_its_own_options_first() {
    let help = text(tool("create --help").output().await.unwrap().stdout);
    assert_snapshot!("create_help", help);
    let short = text(tool("create -h").output().await.unwrap().stdout);
    let position = |option: &str| short.find(option).unwrap();
    let last_own = ["--account", "--user", "--scope", "--name", "--expires-in", "--expires-at"]
        .map(position)
        .into_iter()
        .max();
    for option in ["--table", "--endpoint-url", "--profile", "--region", "--output"] {
        assert!(last_own < Some(position(option)), "{short}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_and_lists_are_shown_like_this() {
    let table = Table::start().await;
    let created = table
        .show("create --account acc_1 --user user_1 --scope users:read --name billing --expires-in 90d")
        .await;
    let rotated = table.show(&format!("rotate {}", table.id("create --account acc_2").await)).await;
    let json = table.show("create --account acc_3 --test --output json").await;
    // Listed first, because it is older.
    table.put("key_00000000000000000000", json!({ "created_time": "2020-01-01T00:00:00Z" }));
    let _guard = filters();
    assert_snapshot!("create", created);
    assert_snapshot!("rotate", rotated);
    assert_snapshot!("create_json", json);
    assert_snapshot!("list", table.show("list --account acc_1").await);
    assert_snapshot!("list_wide", table.show("list --account acc_1 --wide").await);
}
