//! What a person reads.

use insta::assert_snapshot;
use serde_json::json;

use crate::table::{Table, filters, text, tool};

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_show_their_results_like_this() {
    let table = Table::start().await;
    let mut shown = String::new();
    let mut show = async |arguments: &str| {
        let output = table.run(arguments).await;
        assert!(output.status.success(), "{output:?}");
        let text = text(output.stderr) + &text(output.stdout);
        shown += &format!("$ cargo keys {arguments}\n{text}\n");
        text
    };
    let created = show(
        "create --account acc_1 --user user_1 --scope users:read --name billing --expires-in 90d",
    )
    .await;
    let id = created.lines().next().unwrap().strip_prefix("Key ID   ").unwrap().to_owned();
    show("create --account acc_2").await;
    show("create --account acc_3 --test --user user_1 --output json").await;
    let key = created.lines().last().unwrap().to_owned();
    let found = text(table.find("", &key).await.stdout);
    // Listed first, because it is older.
    table.put("key_00000000000000000000", json!({ "created_time": "2020-01-01T00:00:00Z" }));
    show("list --account acc_1").await;
    show("list --account acc_1 --wide").await;
    show("list --account acc_1 --output json").await;
    show(&format!("rotate {id}")).await;
    show(&format!("revoke {id}")).await;
    show("revoke key_00000000000000000000 --output json").await;
    let _guard = filters();
    assert_snapshot!("results", format!("{shown}$ cargo keys find\n{found}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_fits_80_columns_and_breaks_no_value_that_people_copy() {
    let table = Table::start().await;
    let create = "create --account acc_1 --user user_123456789 --scope users:read \
                  --scope users:read:all --expires-in 90d --name";
    let name = "n".repeat(200);
    let ids = [
        table.id(&format!("{create} nightly-billing-export")).await,
        table.id(&format!("{create} {name}")).await,
    ];
    let list = table.show("list --account acc_1").await;
    assert!(list.lines().all(|line| line.chars().count() <= 80), "{list}");
    for value in [&ids[0], &ids[1], "user_123456789", "users:read\n", "users:read:all\n"] {
        assert!(list.contains(value), "{value}: {list}");
    }
    // Values that are longer than that are not broken either.
    let [id, user] = ["i", "u"].map(|letter| letter.repeat(60));
    let scopes = ["a".repeat(50), "b".repeat(50)];
    table.put(&format!("key_{id}"), json!({ "user_id": format!("user_{user}"), "scopes": scopes }));
    for wide in ["", " --wide"] {
        let list = table.show(&format!("list --account acc_1{wide}")).await;
        for value in [&id, &user, &scopes[0], &scopes[1]] {
            assert!(list.contains(value), "{value}: {list}");
        }
        assert_eq!(list.contains(&name), wide == " --wide", "{list}");
    }
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
    let mut shown = Vec::new();
    for arguments in [
        "list --account acc_1",
        "list --account acc_1 --wide",
        "list --account acc_1 --output json",
        "revoke key_1",
        "revoke key_1 --output json",
        "rotate key_1",
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
async fn the_help_of_create_shows_its_own_options_first() {
    assert_snapshot!("help", text(tool("create --help").output().await.unwrap().stdout));
}
