//! Tools that are killed or in conflict, and lost responses.

use std::{fs::File, process::Stdio};

use serde_json::{Value, json};

use crate::{
    gate::{Fate, Gate},
    snapshot::{assert_snapshot, shown},
    table::{Table, command, text},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_response_is_retried_and_the_key_that_it_created_is_shown() {
    let table = Table::start().await;
    let (_, url) = Gate::start(Some(&table.url), 0, Fate::ResponseLost).await;
    let create = "create --account acc_1 --output json";
    let output = command(&url, create).output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let issued: Value = serde_json::from_slice(&output.stdout).unwrap();
    let [item] = &table.items()[..] else { panic!("one item") };
    assert_eq!(item["key_id"], json!({ "S": issued["key_id"] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_may_exist_or_cannot_be_shown_is_named() {
    let (_, url) = Gate::start(None, 0, Fate::Refused(500, "")).await;
    let mut all = shown("create, no success", &mut command(&url, "create --account acc_1")).await;
    let table = Table::start().await;
    table.put("key_1", json!({}));
    for arguments in ["create --account acc_2", "rotate key_1"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut tool = command(&table.url, arguments);
        let tool = tool.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let output = tool.wait_with_output().await.unwrap();
        assert_eq!(output.status.code(), Some(1));
        all += &format!("$ {arguments} > /dev/full\n{}\n", text(output.stderr));
    }
    all += &table.shown(["list --account acc_2", "list --account acc_1"]).await;
    assert_snapshot("named", &all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_is_killed_leaves_nothing_half_done() {
    let mut all = String::new();
    // The number of requests that each command takes.
    for (arguments, requests) in
        [("create --account acc_1", 1), ("revoke key_1", 2), ("rotate key_1", 2)]
    {
        for passes in 0..requests {
            for fate in [Fate::Held, Fate::ResponseLost] {
                let table = Table::start().await;
                table.put("key_1", json!({}));
                let (gate, url) = Gate::start(Some(&table.url), passes, fate).await;
                let mut tool = command(&url, arguments).spawn().unwrap();
                gate.has_arrived().await;
                tool.kill().await.unwrap();

                let mut statuses = table.list("status").await;
                statuses.sort();
                assert_eq!(statuses.len(), table.items().len(), "a key is not listed");
                all +=
                    &format!("{arguments}, killed at request {passes}, {fate:?}: {statuses:?}\n");
            }
        }
    }
    assert_snapshot("killed", &all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_another_tool_changes_in_the_meantime_is_not_changed_again() {
    let mut all = String::new();
    for (arguments, meantime) in [
        ("rotate key_1", "rotate key_1"),
        ("rotate key_1", "revoke key_1"),
        ("rotate key_1", "delete"),
        ("revoke key_1", "delete"),
    ] {
        let table = Table::start().await;
        table.put("key_1", json!({}));
        // After the tool has read the key, before it changes anything.
        let (gate, url) = Gate::start(Some(&table.url), 1, Fate::Held).await;
        let mut tool = command(&url, arguments);
        let title = format!("{arguments}, and {meantime} in the meantime");
        let tool = tokio::spawn(async move { shown(&title, &mut tool).await });
        gate.has_arrived().await;
        match meantime {
            "delete" => table.delete("key_1").await,
            arguments => assert!(table.run(arguments).await.status.success()),
        }
        let items = table.items();
        gate.is_open.notify_one();
        all += &tool.await.unwrap();
        assert_eq!(table.items(), items, "{arguments} and {meantime}");
    }
    assert_snapshot("meantime", &all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_with_another_transaction_is_retried_and_any_other_error_is_final() {
    let denied = r#"{"__type":"x#AccessDeniedException","message":"not allowed"}"#;
    let conflict = r#"{"__type":"x#TransactionConflictException","message":"ongoing"}"#;
    let canceled = |code| {
        let reasons = json!([{ "Code": "None" }, { "Code": code }]);
        let name = "x#TransactionCanceledException";
        let error = json!({ "__type": name, "Message": code, "CancellationReasons": reasons });
        &*error.to_string().leak()
    };
    let mut all = String::new();
    // The error is that of one request. If the tool retries, it succeeds.
    for (arguments, passes, error) in [
        ("rotate key_1", 1, canceled("TransactionConflict")),
        ("revoke key_1", 1, conflict),
        ("rotate key_1", 1, canceled("ItemCollectionSizeLimitExceeded")),
        ("rotate key_1", 1, denied),
        ("revoke key_1", 1, denied),
        // The key is revoked, but the other keys of its rotations cannot be read.
        ("revoke key_1", 2, denied),
    ] {
        let table = Table::start().await;
        table.put("key_1", json!({}));
        let (_, url) = Gate::start(Some(&table.url), passes, Fate::Refused(400, error)).await;
        all += &shown(&format!("{arguments}: {error}"), &mut command(&url, arguments)).await;
        all += &format!("{:?}\n\n", table.list("status").await);
    }
    assert_snapshot("refused", &all);
}
