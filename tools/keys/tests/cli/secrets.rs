//! Keys in the wrong place, which no message may show.

use std::process::{Command, Output};

use credira_users::api_key::{ApiKey, Kind};
use serde_json::json;

use crate::{
    servers::{Fate, Gate},
    table::{Table, command, config, text, tool},
};

fn key() -> ApiKey {
    let numbers = std::array::from_fn(|position| (position * 7 % 62) as u8);
    ApiKey::with_checksum(Kind::Live, numbers)
}

/// The key, and texts that are nearly a key.
fn forms() -> [String; 11] {
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
    ]
}

/// At most nine characters of the key, which has 49.
fn assert_is_hidden(output: Output, case: &str) -> String {
    let shown = text(output.stdout) + &text(output.stderr);
    let key = &key();
    let body = &key.expose()["crd_live_".len()..];
    for start in 0..body.len() - 9 {
        assert!(!shown.contains(&body[start..start + 9]), "{case}: {shown}");
    }
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_an_argument_is_refused_and_not_shown() {
    let table = Table::start().await;
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
        for form in forms() {
            let mut command = Command::new(env!("CARGO_BIN_EXE_credira-keys"));
            command.env_clear().env("AWS_ENDPOINT_URL", &table.url);
            command.args(arguments.split(' ').map(|argument| argument.replace('%', &form)));
            let output = command.output().unwrap();
            let case = format!("{arguments} {form}");
            assert_eq!(output.status.code(), Some(2), "{case}");
            let message = assert_is_hidden(output, &case);
            assert!(message.contains("`cargo keys find`"), "{case}: {message}");
        }
    }
    assert_eq!(table.items(), [""; 0]);
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
async fn a_key_in_a_variable_is_refused_and_not_shown() {
    let table = Table::start().await;
    for variable in ["API_KEYS_TABLE", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"] {
        for form in forms() {
            let mut tool = command(&table.url, "list --account acc_1");
            let output = tool.env(variable, &form).output().await.unwrap();
            assert_eq!(output.status.code(), Some(2), "{variable} {form}");
            let message = assert_is_hidden(output, variable);
            assert!(message.contains(variable), "{message}");
        }
    }
    // Only what the tool reads.
    let mut tool = command(&table.url, "list --account acc_1");
    assert!(tool.env("OURS", key().expose()).output().await.unwrap().status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_from_elsewhere_is_not_shown() {
    let table = Table::start().await;
    for form in forms() {
        // In a record.
        let text = json!({
            "name": form, "hint": form, "created_time": form, "scopes": [form.replace(' ', "-")],
        });
        table.put("key_1", text);
        table.put("key_2", json!({ "key_id": form }));
        for option in ["", " --wide", " --output json"] {
            let output = table.run(&format!("list --account acc_1{option}")).await;
            if option == " --output json" {
                serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
            }
            assert_is_hidden(output, &format!("{option} {form}"));
        }
        // In the AWS configuration.
        let process = form.replace(['"', '\''], "");
        let file =
            config(&format!("[profile ops]\ncredential_process = echo {process} >&2; exit 3"));
        let mut tool = tool("list --account acc_1 --profile ops");
        assert_is_hidden(tool.env("AWS_CONFIG_FILE", file).output().await.unwrap(), &form);
        // In an error of DynamoDB.
        let error = json!({ "__type": "x#ValidationException", "message": form }).to_string();
        let (_, url) = Gate::closed(Fate::Refused(400, error.leak())).await;
        let output = command(&url, "list --account acc_1").output().await.unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_is_hidden(output, &form);
    }
    table.put("key_1", json!({ "name": format!("of {}, billing", key().expose()) }));
    let list = text(table.run("list --account acc_1 --wide").await.stdout);
    assert!(list.contains(&format!("of {}, billing", key().hint())), "{list}");
}
