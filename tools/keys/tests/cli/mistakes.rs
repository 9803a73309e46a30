//! Wrong commands, and commands that cannot be carried out.

use insta::assert_snapshot;

use crate::table::{Table, failure, filters, tool};

/// The exit code and the first line of the message.
async fn usage_error(command: &mut tokio::process::Command) -> String {
    let message = failure(command.output().await.unwrap());
    message.lines().next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_command_exits_with_2() {
    let long = format!("create --account {}", "a".repeat(129));
    let long_user = format!("create --account acc_1 --user user_{}", "a".repeat(65));
    let mut messages = String::new();
    for arguments in [
        "create",
        "create --account ",
        "create --account acc_é",
        &long,
        "create --account acc_1 --user ",
        "create --account acc_1 --user john",
        "create --account acc_1 --user user_a-b",
        &long_user,
        "create --account acc_1 --expires-in 90",
        "create --account acc_1 --expires-in 0s",
        "create --account acc_1 --expires-in 999ms",
        "create --account acc_1 --expires-in 5000y",
        "create --account acc_1 --expires-in 1000y1s",
        "create --account acc_1 --expires-at 2030-01-31",
        "create --account acc_1 --expires-at 2024-01-01T00:00:00Z",
        "create --account acc_1 --expires-in 1d --expires-at 2999-01-01T00:00:00Z",
        "create --account acc_1 --scope users:read,users:read:all",
        "create --account acc_1 --scope ",
        "list",
        "list --account ",
        "list --account acc_\t1",
        "list --account acc_1 --table ",
        "list --account acc_1 --region ",
        "list --account acc_1 --region eu_west",
        "list --account acc_1 --profile ",
        "revoke",
        "revoke ",
        "rotate ",
        "rotate key_1 --overlap soon",
        "explode",
    ] {
        messages += &format!("$ {arguments}\n{}\n\n", usage_error(&mut tool(arguments)).await);
    }
    let mut spaced = tool("list --account");
    messages += &format!("$ spaced account\n{}\n", usage_error(spaced.arg("acc 1")).await);
    assert!(messages.lines().all(|line| !line.starts_with(['0', '1'])), "{messages}");
    let _guard = filters();
    assert_snapshot!("usage", messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shortest_and_the_longest_lifetime_are_allowed() {
    let table = Table::start().await;
    for (text, lifetime) in [("1s", 1), ("1000y", 1000 * 31_557_600)] {
        let now = chrono::Utc::now().timestamp();
        let created = table.json(&format!("create --account acc_1 --expires-in {text}")).await;
        let end = created["expires_at"].as_i64().unwrap();
        assert!((0..60).contains(&(end - now - lifetime)), "{text}: {end}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_not_a_url_is_a_usage_error() {
    for url in [
        "",
        " ",
        "127.0.0.1:8000",
        "localhost",
        "localhost:8000",
        "//127.0.0.1:8000",
        "ftp://127.0.0.1",
        "http://",
        "http://:8000",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://127.0.0.1:8000/a b",
        "http://127.0.0.1:8000/path",
        "http://127.0.0.1:8000?query",
        "http://user@127.0.0.1:8000",
    ] {
        for arguments in
            ["list --account acc_1", "create --account acc_1", "revoke key_1", "rotate key_1"]
        {
            let mut command = tool(arguments);
            let message = usage_error(command.args(["--endpoint-url", url])).await;
            let expected = format!(
                "2 error: invalid value '{url}' for '--endpoint-url <URL>': an endpoint URL has \
                 a scheme, a host and perhaps a port, such as http://127.0.0.1:8000"
            );
            assert_eq!(message, expected, "{arguments}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_cannot_be_carried_out_says_what_to_do() {
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
        "rotate key_1 --table nope",
        // The table of users.
        "list --account acc_1 --table users",
        "create --account acc_1 --table users",
        "list --account acc_1 --table a/b",
    ] {
        let message = table.fail(arguments).await;
        assert!(message.starts_with("1 error: ") && message.lines().count() == 1, "{message}");
        messages += &format!("$ {arguments}\n{message}\n");
    }
    let unreachable = Table { url: "http://127.0.0.1:1".into(), ..table };
    messages += &unreachable.fail("list --account acc_1").await;
    let _guard = filters();
    assert_snapshot!("errors", messages);
}
