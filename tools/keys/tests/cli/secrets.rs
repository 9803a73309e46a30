//! Keys in the wrong place, which no message may show.

use credira_users::api_key::{ApiKey, Kind};
use serde_json::json;
use tokio::process::Command;

use crate::{
    gate::{Fate, Gate},
    snapshot::shown,
    table::{Table, command, file, text, tool},
};

fn key() -> ApiKey {
    let numbers = std::array::from_fn(|position| (position * 7 % 62) as u8);
    ApiKey::with_checksum(Kind::Live, numbers)
}

/// The key, and texts that are nearly a key.
fn forms() -> [String; 13] {
    let key = key();
    let key = key.expose();
    [
        key.to_owned(),
        format!("{}!", &key[..key.len() - 1]),
        format!("{}0", &key[..key.len() - 1]),
        key[..30].to_owned(),
        key[1..].to_owned(),
        key["crd_live_".len()..].to_owned(),
        format!("{},crd_live_ab", &key["crd_live_".len()..]),
        format!("\"{key}\""),
        format!("'{key}'"),
        format!("Bearer {key}"),
        format!("{}-{}", &key[..20], &key[22..]),
        format!("{}{}", "a".repeat(46), &key[..53]),
        format!("n{}", &key["crd_live_".len()..]),
    ]
}

/// At most nine characters of the key, which has 49.
fn assert_is_hidden(shown: &str, case: &str) {
    let key = &key();
    let body = &key.expose()["crd_live_".len()..];
    for start in 0..body.len() - 9 {
        assert!(!shown.contains(&body[start..start + 9]), "{case}: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_an_argument_or_a_variable_is_refused_and_not_shown() {
    let table = Table::start().await;
    for form in forms() {
        let refused = async |tool: &mut Command, case: &str, expected: &str| {
            let shown = shown(case, tool).await;
            assert_is_hidden(&shown, &form);
            assert!(shown.contains(expected) && shown.contains("exit code 2"), "{shown}");
        };
        for arguments in [
            "revoke %",
            "find %",
            "list --account=%",
            "create --account acc_1 --name %",
            "list --account acc_1 --endpoint-url http://%",
            "--%",
            "%",
            "-- %",
        ] {
            let mut tool = Command::new(env!("CARGO_BIN_EXE_credira-keys"));
            tool.env_clear().env("AWS_ENDPOINT_URL", &table.url);
            tool.args(arguments.split(' ').map(|argument| argument.replace('%', &form)));
            refused(&mut tool, arguments, "`cargo keys find`").await;
        }
        for variable in ["API_KEYS_TABLE", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"] {
            let mut tool = command(&table.url, "create --account acc_1");
            refused(tool.env(variable, &form), variable, variable).await;
        }
    }
    assert_eq!(table.items(), [""; 0]);
    // Only what the tool reads.
    let mut tool = command(&table.url, "list --account acc_1");
    assert!(tool.env("OURS", key().expose()).output().await.unwrap().status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_only_starts_like_a_key_is_allowed() {
    let table = Table::start().await;
    for name in ["crd_live_", "crd_live_12345678", &key().hint(), &"n".repeat(49)] {
        let created = table.json(&format!("create --account acc_1 --name {name}")).await;
        assert_eq!(created["name"], *name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_from_elsewhere_is_not_shown() {
    let table = Table::start().await;
    for form in forms() {
        // In a record.
        let record = json!({
            "name": form, "hint": form, "created_time": form, "scopes": [form.replace(' ', "-")],
        });
        table.put("key_1", record);
        table.put("key_2", json!({ "key_id": form }));
        let json = table.run("list --account acc_1 --output json").await.stdout;
        serde_json::from_slice::<serde_json::Value>(&json).unwrap();
        let lists = ["list --account acc_1", "list --account acc_1 --wide"];
        let mut all = text(json) + &table.shown(lists).await;
        // In the AWS configuration.
        let process = form.replace(['"', '\''], "");
        let file = file(&format!("[profile ops]\ncredential_process = echo {process} >&2; exit 3"));
        let mut tool = tool("list --account acc_1 --profile ops");
        all += &shown("with a profile", tool.env("AWS_CONFIG_FILE", file)).await;
        // In an error of DynamoDB.
        let error = json!({ "__type": "x#ValidationException", "message": form }).to_string();
        let (_, url) = Gate::start(None, 0, Fate::Refused(400, error.leak())).await;
        all += &shown("with an error", &mut command(&url, lists[0])).await;
        assert_is_hidden(&all, &form);
    }
    table.put("key_1", json!({ "name": format!("of {}, billing", key().expose()) }));
    let list = table.shown(["list --account acc_1 --wide"]).await;
    assert!(list.contains(&format!("of {}, billing", key().hint())), "{list}");
}
