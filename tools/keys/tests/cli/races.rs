//! Two tools at once, and changes between a tool's requests.

use serde_json::json;

use crate::{
    gate::{Fate, Gate},
    table::{Table, command, failure},
};

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_simultaneous_rotations_succeeds() {
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

/// Runs `arguments`, holds the request after `passes` others while `between` runs, and returns the
/// message.
async fn held(
    table: &Table,
    arguments: &str,
    passes: usize,
    between: impl AsyncFnOnce(),
) -> String {
    let (gate, url) = Gate::start(&table.url, passes, Fate::Held).await;
    let mut tool = command(&url, arguments);
    let tool = tokio::spawn(async move { tool.output().await.unwrap() });
    gate.has_arrived().await;
    between().await;
    gate.is_open.notify_one();
    failure(tool.await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_rotated_in_the_meantime_is_not_rotated_again() {
    let table = Table::start().await;
    let rotate = format!("rotate {}", table.id("create --account acc_1").await);
    // After the tool has read the old key, before it changes anything.
    let message = held(&table, &rotate, 2, async || drop(table.show(&rotate).await)).await;
    assert!(message.contains("was already rotated"), "{message}");
    assert_eq!(table.items().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_revoked_in_the_meantime_is_not_rotated() {
    let table = Table::start().await;
    let id = table.id("create --account acc_1").await;
    let revoke = format!("revoke {id}");
    let rotate = format!("rotate {id}");
    let message = held(&table, &rotate, 2, async || drop(table.show(&revoke).await)).await;
    assert!(message.contains("(revoked)"), "{message}");
    assert_eq!(table.items().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_deleted_in_the_meantime_does_not_come_back() {
    for (name, passes) in [("revoke", 1), ("rotate", 2)] {
        let table = Table::start().await;
        table.put("key_1", json!({}));
        let delete = async || table.delete("key_1").await;
        let message = held(&table, &format!("{name} key_1"), passes, delete).await;
        assert!(message.starts_with("1 error: the table has no key key_1"), "{message}");
        assert_eq!(table.items(), [""; 0], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_with_another_transaction_is_retried() {
    for (name, passes, error) in [
        (
            "rotate",
            2,
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"Transaction cancelled","CancellationReasons":[{"Code":"None"},{"Code":"TransactionConflict"}]}"#,
        ),
        (
            "revoke",
            1,
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException","message":"Transaction is ongoing for the item"}"#,
        ),
    ] {
        let table = Table::start().await;
        table.put("key_1", json!({}));
        let (gate, url) = Gate::start(&table.url, passes, Fate::Refused(error)).await;
        let output = command(&url, &format!("{name} key_1")).output().await.unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(gate.seen() > passes + 1, "{name}: the gate has not seen another attempt");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_other_error_of_a_rotation_is_final() {
    for (error, message) in [
        (
            r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"not allowed"}"#,
            "not allowed",
        ),
        (
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"Transaction cancelled","CancellationReasons":[{"Code":"None"},{"Code":"ItemCollectionSizeLimitExceeded"}]}"#,
            "TransactionCanceledException: Transaction cancelled",
        ),
    ] {
        let table = Table::start().await;
        table.put("key_1", json!({}));
        let (gate, url) = Gate::start(&table.url, 2, Fate::Refused(error)).await;
        let output = command(&url, "rotate key_1").output().await.unwrap();
        assert!(failure(output).contains(message), "{message}");
        assert_eq!(gate.seen(), 3, "{message}");
    }
}
