//! Tools that are killed, and lost responses.

use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    servers::{Fate, Gate},
    table::{Table, command, failure, filters, text},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_if_only_the_response_to_its_creation_failed() {
    let table = Table::start().await;
    let (_, url) = Gate::start(&table.url, 0, Fate::ServerError).await;
    let arguments = "create --account acc_1 --output json";
    let output = command(&url, arguments).output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let issued: Value = serde_json::from_slice(&output.stdout).unwrap();
    let [item] = &table.items()[..] else { panic!("one item") };
    assert_eq!(item["key_id"], json!({ "S": issued["key_id"] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_shown_is_named() {
    let table = Table::start().await;
    let id = table.id("create --account acc_1").await;
    for arguments in ["create --account acc_1", &format!("rotate {id}")] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut tool = command(&table.url, arguments);
        let tool = tool.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let output = tool.wait_with_output().await.unwrap();
        assert_eq!(output.status.code(), Some(1));
        let message = text(output.stderr);
        let (new, _) = message
            .lines()
            .last()
            .unwrap()
            .split_once(" was created but could not be shown")
            .unwrap();
        let new = new.strip_prefix("error: ").unwrap().to_owned();
        assert!(new != id && table.list("key_id").await.contains(&new), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_response_times_out_and_is_retried() {
    let table = Table::start().await;
    let (gate, url) = Gate::start(&table.url, 0, Fate::ResponseLost).await;
    let output = command(&url, "list --account acc_1").output().await.unwrap();
    assert_eq!(text(output.stdout), "acc_1 has no keys.\n");
    assert_eq!(gate.seen(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_may_or_may_not_exist_is_named() {
    let (_, url) = Gate::closed(Fate::Refused(500, "")).await;
    let output = command(&url, "create --account acc_1").output().await.unwrap();
    let _guard = filters();
    assert_snapshot!(failure(output), @"1 error: key_ID.................. may or may not have been created. If `cargo keys list` shows it, revoke it, because the key itself is lost: the request to the table api-keys failed (status 500): retry later");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_is_killed_leaves_nothing_half_done() {
    // The number of requests that each command takes.
    for (command_name, requests) in [("create --account acc_1", 1), ("revoke", 2), ("rotate", 2)] {
        for passes in 0..requests {
            for fate in [Fate::RequestLost, Fate::ResponseLost] {
                let table = Table::start().await;
                let id = table.id("create --account acc_1").await;
                let arguments = match command_name {
                    "create --account acc_1" => command_name.to_owned(),
                    other => format!("{other} {id}"),
                };
                let (gate, url) = Gate::start(&table.url, passes, fate).await;
                let mut tool = command(&url, &arguments).spawn().unwrap();
                gate.has_arrived().await;
                tool.kill().await.unwrap();

                let case = format!("{arguments}, killed at request {passes}, {fate:?}");
                let mut statuses = table.list("status").await;
                statuses.sort();
                assert_eq!(statuses.len(), table.items().len(), "{case}: a key is not listed");
                let is_done = fate == Fate::ResponseLost && passes == requests - 1;
                let expected: &[_] = match (command_name, is_done) {
                    ("revoke", true) => &["revoked"],
                    ("rotate", true) => &["active", "rotated"],
                    (_, true) => &["active", "active"],
                    (_, false) => &["active"],
                };
                assert_eq!(statuses, expected, "{case}");
            }
        }
    }
}
