//! Keys in the wrong place, which no message may show.

use std::process::{Command, Output};

use credira_users::api_key::{ApiKey, Kind};
use serde_json::json;

use crate::{
    server::Server,
    table::{Table, command, config, text, tool},
};

const RANDOM: &str = "0aZ1bY2cX3dW4eV5fU6gT7hS8iR9jQkPlOmNnMoLpKq";

fn key() -> ApiKey {
    ApiKey::with_checksum(Kind::Live, RANDOM).unwrap()
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
        key.replace("W4", "-"),
    ]
}

/// At most nine characters of the key, which has 49.
fn assert_is_hidden(output: Output, case: &str) -> String {
    let shown = text(output.stdout) + &text(output.stderr);
    for start in 0..RANDOM.len() - 9 {
        assert!(!shown.contains(&RANDOM[start..start + 9]), "{case}: {shown}");
    }
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_an_argument_is_refused_and_not_shown() {
    let table = Table::start().await;
    for arguments in [
        "revoke %",
        "rotate %",
        "rotate key_1 --overlap %",
        "find %",
        "list --account %",
        "list --account=%",
        "create --account %",
        "create --account acc_1 --user %",
        "create --account acc_1 --name %",
        "create --account acc_1 --scope %",
        "create --account acc_1 --expires-in %",
        "create --account acc_1 --expires-at %",
        "list --account acc_1 --table %",
        "list --account acc_1 --profile %",
        "list --account acc_1 --region %",
        "list --account acc_1 --output %",
        "list --account acc_1 --endpoint-url http://%",
        "revoke key_1 %",
        "--%",
        "-%",
        "%",
        "help %",
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
    for variable in [
        "API_KEYS_TABLE",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ] {
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
        let text = json!({ "name": form, "hint": form, "user_id": form, "created_time": form });
        table.put("key_1", text);
        for arguments in ["list --account acc_1", "list --account acc_1 --wide"] {
            for output in ["", " --output json"] {
                let output = table.run(&format!("{arguments}{output}")).await;
                assert!(output.status.success(), "{output:?}");
                assert_is_hidden(output, &format!("{arguments} {form}"));
            }
        }
        // In the AWS configuration.
        let process = form.replace(['"', '\''], "");
        let file =
            config(&format!("[profile ops]\ncredential_process = echo {process} >&2; exit 3"));
        let mut tool = tool("list --account acc_1 --profile ops");
        assert_is_hidden(tool.env("AWS_CONFIG_FILE", file).output().await.unwrap(), &form);
        // In an error of DynamoDB.
        let error = json!({ "__type": "x#ValidationException", "message": form }).to_string();
        let server = Server::dynamodb(400, error.leak()).await;
        let output = command(&server.url, "list --account acc_1").output().await.unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_is_hidden(output, &form);
    }
    let list = table.show("list --account acc_1 --wide").await;
    table.put("key_1", json!({ "name": format!("of {}, billing", key().expose()) }));
    let list = list + &table.show("list --account acc_1 --wide").await;
    assert!(list.contains(&format!("of {}, billing", key().hint())), "{list}");
}
