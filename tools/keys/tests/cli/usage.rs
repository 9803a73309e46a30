//! Wrong commands, and commands that cannot be carried out.

use crate::{
    snapshot::{assert_snapshot, shown},
    table::{Table, tool},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_command_exits_with_2_and_says_what_is_wrong() {
    let mut all = String::new();
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
        all += &shown(arguments, &mut tool(arguments)).await;
    }
    assert_snapshot("usage", &all);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_help_of_create_shows_its_own_options_first() {
    assert_snapshot("help", &shown("create --help", &mut tool("create --help")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_cannot_be_carried_out_says_what_to_do() {
    let table = Table::start().await;
    let commands = [
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
    ];
    let shown = table.shown(commands).await;
    let stopped = Table { url: "http://127.0.0.1:1".into(), ..table };
    let commands = ["list --account acc_1", "create --account acc_1"];
    assert_snapshot("errors", &(shown + &stopped.shown(commands).await));
}
