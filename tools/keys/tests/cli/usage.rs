//! Wrong commands, and commands that cannot be carried out.

use insta::assert_snapshot;
use serde_json::json;

use crate::table::{Table, failure, filters, tool};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_command_exits_with_2_and_says_what_is_wrong() {
    let mut messages = String::new();
    for arguments in [
        "create",
        "create --account ",
        "create --account acc_é",
        "create --account acc_1 --user john",
        "create --account acc_1 --expires-in 90",
        "create --account acc_1 --expires-in 999ms",
        "create --account acc_1 --expires-in 1000y1s",
        "create --account acc_1 --expires-at 2030-01-31",
        "create --account acc_1 --expires-at 2024-01-01T00:00:00Z",
        "create --account acc_1 --expires-in 1d --expires-at 2999-01-01T00:00:00Z",
        "create --account acc_1 --scope users:read,users:read:all",
        "create --account acc_1 --scope ",
        "create --account acc_1 --scope user:read",
        "create --account acc_1 --scope users:read --scope users_read_all",
        "list --account acc_\t1",
        "list --account acc_1 --table ",
        "list --account acc_1 --region ",
        "list --account acc_1 --profile ",
        "list --account acc_1 --endpoint-url 127.0.0.1:8000",
        "list --account acc_1 --endpoint-url http://127.0.0.1:8000/path",
        "revoke ",
        "rotate ",
        "rotate key_1 --overlap soon",
        "explode",
    ] {
        let message = failure(tool(arguments).output().await.unwrap());
        assert!(message.starts_with("2 error: "), "{message}");
        messages += &format!("$ {arguments}\n{}\n\n", message.lines().next().unwrap());
    }
    let _guard = filters();
    assert_snapshot!("usage", messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_the_api_does_not_know_needs_an_option() {
    let table = Table::start().await;
    let create = "create --account acc_1 --scope users:write --scope users:read";
    assert!(table.fail(create).await.contains("pass --allow-unknown-scope"));
    assert_eq!(table.items(), [""; 0]);
    table.show(&format!("{create} --allow-unknown-scope")).await;
    assert_eq!(table.items()[0]["scopes"], json!({ "SS": ["users:read", "users:write"] }));
    table.show("create --account acc_1 --scope users:read --scope users:read:all").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_cannot_be_carried_out_says_what_to_do() {
    let table = Table::start().await;
    let mut messages = String::new();
    for arguments in [
        "revoke key_1",
        "rotate key_1",
        "list --account acc_1 --table nope",
        "create --account acc_1 --table nope",
        "revoke key_1 --table nope",
        // The table of users.
        "list --account acc_1 --table users",
        "create --account acc_1 --table users",
        "list --account acc_1 --region eu_west",
        "create --account acc_1 --region eu_west",
    ] {
        let message = table.fail(arguments).await;
        assert!(message.starts_with("1 error: ") && message.lines().count() == 1, "{message}");
        messages += &format!("$ {arguments}\n{message}\n");
    }
    let stopped = Table { url: "http://127.0.0.1:1".into(), ..table };
    for arguments in ["list --account acc_1", "create --account acc_1"] {
        messages += &format!("$ {arguments}\n{}\n", stopped.fail(arguments).await);
    }
    let _guard = filters();
    assert_snapshot!("errors", messages);
}
