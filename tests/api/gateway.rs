//! The local gateway, where the functions fail it.

use std::{process::Command, time::Duration};

use credira_local::function::Function;

use crate::{
    client::{Api, PAGE_USER, Response},
    keys::key,
};

fn signal(name: &str, process: u32) {
    let status = Command::new("kill").args([name, &process.to_string()]).status().unwrap();
    assert!(status.success());
}

async fn until_none_is_idle(function: &Function) {
    while !function.idle_processes().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_function_that_died_between_requests_is_started_again() {
    let api = Api::start().await;
    for logical_id in ["GetUserFunction", "AuthorizerFunction"] {
        let function = api.stack.function(logical_id).unwrap();
        signal("-KILL", function.idle_processes()[0]);
        until_none_is_idle(function).await;
    }
    assert_eq!(api.get(PAGE_USER, &key("reads its account")).await.status, 200);
}

/// Asks while the function's process stands still, and then ends the process.
async fn ask_and_kill(api: &Api, logical_id: &str) -> Response {
    let function = api.stack.function(logical_id).unwrap();
    let [process] = function.idle_processes()[..] else { panic!("one environment is idle") };
    signal("-STOP", process);
    let key = key("reads its account");
    let (answer, ()) = tokio::join!(api.get(PAGE_USER, &key), async {
        until_none_is_idle(function).await;
        signal("-KILL", process);
    });
    answer
}

#[tokio::test]
async fn a_function_that_dies_during_a_request_is_500_and_the_next_request_is_fine() {
    let api = Api::start().await;
    let answer = ask_and_kill(&api, "GetUserFunction").await;
    answer.assert_error(500, "INTERNAL_ERROR", "Internal server error");
    assert_eq!(api.get(PAGE_USER, &key("reads its account")).await.status, 200);
}

#[tokio::test]
async fn an_authorizer_that_dies_during_a_request_is_503_and_the_next_request_is_fine() {
    let api = Api::start().await;
    let answer = ask_and_kill(&api, "AuthorizerFunction").await;
    answer.assert_error(503, "SERVICE_UNAVAILABLE", "Service temporarily unavailable");
    assert_eq!(api.get(PAGE_USER, &key("reads its account")).await.status, 200);
}
