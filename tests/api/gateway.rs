//! The local gateway: functions that fail, and those that are renewed.

use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use credira_local::{Options, function::Function};

use crate::{
    client::{Api, PAGE_USER, key, options},
    contract::OPENAPI,
};

fn signal(name: &str, process: u32) {
    let status = Command::new("kill").args([name, &process.to_string()]).status().unwrap();
    assert!(status.success());
}

async fn wait_until_none_is_idle(function: &Function) {
    while !function.idle_processes().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_function_that_dies_fails_at_most_the_request_that_it_has() {
    let api = Api::start().await;
    let key = key("reads its account");
    for logical_id in ["GetUserFunction", "AuthorizerFunction"] {
        let function = api.stack.function(logical_id).unwrap();
        signal("-KILL", function.idle_processes()[0]);
        wait_until_none_is_idle(&function).await;
        assert_eq!(api.get(PAGE_USER, &key).await.status, 200);
        let [process] = function.idle_processes()[..] else { panic!("one environment is idle") };
        signal("-STOP", process);
        let (response, ()) = tokio::join!(api.get(PAGE_USER, &key), async {
            wait_until_none_is_idle(&function).await;
            signal("-KILL", process);
        });
        assert_eq!(response.status, 503);
        assert_eq!(api.get(PAGE_USER, &key).await.status, 200);
    }
}

#[tokio::test]
async fn a_response_that_the_gateway_cannot_use_is_503() {
    let api = Api::start().await;
    // As its authorizer, `get-user` returns no policy. As its integration, the authorizer fails.
    for (function, other) in [("Authorizer", "GetUser"), ("GetUser", "Authorizer")] {
        let openapi = OPENAPI.replace(&format!("${{{function}"), &format!("${{{other}"));
        api.stack.renew(&openapi).await.unwrap();
        let response = api.get(PAGE_USER, &key("reads its account")).await;
        assert_eq!(response.status, 503);
    }
}

#[tokio::test]
async fn a_renewal_loses_no_request() {
    let api = Api::start().await;
    let function = api.stack.function("GetUserFunction").unwrap();
    let [old] = function.idle_processes()[..] else { panic!("one environment is idle") };
    signal("-STOP", old);
    let key = key("reads its account");
    let (response, ()) = tokio::join!(api.get(PAGE_USER, &key), async {
        wait_until_none_is_idle(&function).await;
        api.stack.renew(OPENAPI).await.unwrap();
        signal("-CONT", old);
    });
    assert_eq!(response.status, 200);
    // The old environment is not used again. Nobody has the old functions any more, so it ends.
    drop(function);
    let is_running = || {
        let mut kill = Command::new("kill");
        kill.args(["-0", &old.to_string()]).stderr(Stdio::null()).status().unwrap().success()
    };
    for _ in 0..1_000 {
        if !is_running() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!is_running());
    let function = api.stack.function("GetUserFunction").unwrap();
    let [new] = function.idle_processes()[..] else { panic!("one environment is idle") };
    assert_ne!(new, old);
    assert_eq!(api.get(PAGE_USER, &key).await.status, 200);
}

#[tokio::test]
async fn a_renewal_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let binaries = options().binaries;
    for name in ["get-user", "authorizer"] {
        fs::copy(binaries.join(name), folder.path().join(name)).unwrap();
    }
    let api = Api::with_options(Options { binaries: folder.path().to_owned(), ..options() }).await;
    assert!(api.stack.renew("paths: {}").await.is_err());
    assert!(api.stack.renew(&OPENAPI.replace("${GetUserFunction", "${Other")).await.is_err());
    // A program that ends at once.
    let broken = folder.path().join("authorizer");
    fs::remove_file(&broken).unwrap();
    fs::copy("/bin/false", &broken).unwrap();
    assert!(api.stack.renew(OPENAPI).await.is_err());
    assert_eq!(api.get(PAGE_USER, &key("reads its account")).await.status, 200);
}
