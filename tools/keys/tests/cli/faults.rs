//! Tools that meet, are killed, or hear no answer.

use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::{
    gate::{Fate, Gate},
    table::{Table, command},
};

#[tokio::test(flavor = "multi_thread")]
async fn of_many_rotations_of_one_key_at_once_one_succeeds() {
    let table = Table::start().await;
    let arguments = format!("rotate {}", table.id("create --account acc_1").await);
    let mut tools = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let mut command = command(&table.url, &arguments);
        tools.spawn(async move { command.output().await.unwrap().status.code().unwrap() });
    }
    let mut codes = tools.join_all().await;
    codes.sort();
    assert_eq!(codes, [0, 1, 1, 1, 1, 1, 1, 1]);
    assert_eq!(table.items().len(), 2);
}

/// Starts `arguments`, holds its request number `passes`, lets `between` happen, and gives what
/// came of it.
async fn held(table: &Table, arguments: &str, passes: usize, between: &str) -> Output {
    let (gate, url) = Gate::start(&table.url, passes, Fate::Held).await;
    let mut tool = command(&url, arguments);
    let tool = tokio::spawn(async move { tool.output().await.unwrap() });
    gate.has_come().await;
    table.show(between).await;
    gate.is_open.notify_one();
    tool.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_rotated_meanwhile_is_not_rotated_again() {
    let table = Table::start().await;
    let rotate = format!("rotate {}", table.id("create --account acc_1").await);
    // After it has read the old key, before it changes anything.
    let output = held(&table, &rotate, 2, &rotate).await;
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("was rotated already"), "{message}");
    assert_eq!((output.status.code(), table.items().len()), (Some(1), 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_revoked_meanwhile_is_not_rotated() {
    let table = Table::start().await;
    let id = table.id("create --account acc_1").await;
    let output = held(&table, &format!("rotate {id}"), 2, &format!("revoke {id}")).await;
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("(revoked)"), "{message}");
    assert_eq!((output.status.code(), table.items().len()), (Some(1), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_creation_was_not_answered_is_shown_all_the_same() {
    let table = Table::start().await;
    let (_, url) = Gate::start(&table.url, 0, Fate::AnsweredBy500).await;
    let arguments = "create --account acc_1 --scope users:read --scope calls:read --output json";
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
        let message = String::from_utf8(output.stderr).unwrap();
        let list = table.json("list --account acc_1").await;
        let newest = list.as_array().unwrap().iter().any(|key| {
            message.contains(&format!(
                "{} was made and could not be shown",
                key["key_id"].as_str().unwrap()
            ))
        });
        assert!(newest, "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_comes_is_not_waited_for_and_the_key_is_named() {
    let table = Table::start().await;
    // It gives up after 20 seconds, whichever of its tries the table has seen.
    let (_, url) = Gate::start(&table.url, 0, Fate::Unanswered).await;
    let hanging = command(&url, "list --account acc_1").output();
    let nobody = command("http://127.0.0.1:1", "create --account acc_1").output();
    let (hanging, nobody) = tokio::join!(hanging, nobody);
    assert_eq!(hanging.unwrap().status.code(), Some(0), "its second try was answered");
    let message = String::from_utf8(nobody.unwrap().stderr).unwrap();
    assert!(message.starts_with("error: nobody knows whether key_"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_is_killed_between_any_two_requests_leaves_nothing_half_done() {
    // The number of requests that each command takes.
    for (command_name, requests) in [("create --account acc_1", 1), ("revoke", 2), ("rotate", 3)] {
        for passes in 0..requests {
            for fate in [Fate::Lost, Fate::Unanswered] {
                let table = Table::start().await;
                let id = table.id("create --account acc_1").await;
                let arguments = match command_name {
                    "create --account acc_1" => command_name.to_owned(),
                    other => format!("{other} {id}"),
                };
                let (gate, url) = Gate::start(&table.url, passes, fate).await;
                let mut tool = command(&url, &arguments).spawn().unwrap();
                gate.has_come().await;
                tool.kill().await.unwrap();

                let case = format!("{arguments}, killed at request {passes}, {fate:?}");
                let list = table.json("list --account acc_1").await;
                let list = list.as_array().unwrap();
                assert_eq!(list.len(), table.items().len(), "{case}: a key is not listed");
                let old = list.iter().find(|key| key["key_id"] == id).unwrap();
                let is_done = fate == Fate::Unanswered && passes == requests - 1;
                let expected = match (command_name, is_done) {
                    ("revoke", true) => (1, "revoked"),
                    ("rotate", true) => (2, "rotated"),
                    (_, true) => (2, "active"),
                    (_, false) => (1, "active"),
                };
                assert_eq!((list.len(), old["status"].as_str().unwrap()), expected, "{case}");
            }
        }
    }
}
