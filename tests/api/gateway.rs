//! The local gateway: functions that fail, and the request log.

use std::{
    process::Command,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use credira_local::{Options, function::Function, gateway::RequestRecord};

use crate::{
    client::{Api, PAGE_USER, Response, options},
    keys::key,
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
async fn a_function_that_died_between_requests_is_started_again() {
    let api = Api::start().await;
    for logical_id in ["GetUserFunction", "AuthorizerFunction"] {
        let function = api.stack.function(logical_id).unwrap();
        signal("-KILL", function.idle_processes()[0]);
        wait_until_none_is_idle(function).await;
    }
    assert_eq!(api.get(PAGE_USER, &key("reads its account")).await.status, 200);
}

/// Sends a request while the function's process is stopped, and then kills the process.
async fn request_and_kill(api: &Api, logical_id: &str) -> Response {
    let function = api.stack.function(logical_id).unwrap();
    let [process] = function.idle_processes()[..] else { panic!("one environment is idle") };
    signal("-STOP", process);
    let key = key("reads its account");
    let (response, ()) = tokio::join!(api.get(PAGE_USER, &key), async {
        wait_until_none_is_idle(function).await;
        signal("-KILL", process);
    });
    response
}

#[tokio::test]
async fn a_function_that_dies_during_a_request_is_503_and_the_next_request_is_fine() {
    let api = Api::start().await;
    for logical_id in ["GetUserFunction", "AuthorizerFunction"] {
        let response = request_and_kill(&api, logical_id).await;
        response.assert_error(503, "SERVICE_UNAVAILABLE", "Service temporarily unavailable");
        assert_eq!(api.get(PAGE_USER, &key("reads its account")).await.status, 200);
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
        response.assert_error(503, "SERVICE_UNAVAILABLE", "Service temporarily unavailable");
    }
}

/// Sends requests to a stack of its own, and returns its request log: status, key ID and reason.
async fn request_log(
    level: &str,
    headers: &[Option<String>],
) -> Vec<(u16, Option<String>, Option<String>)> {
    let records = Arc::new(Mutex::new(Vec::new()));
    let log = records.clone();
    let api = Api::with_options(Options {
        variables: vec![("AWS_LAMBDA_LOG_LEVEL", level.to_owned())],
        on_request: Box::new(move |record: &RequestRecord| {
            let record = (record.status, record.key_id.clone(), record.reason.clone());
            log.lock().unwrap().push(record);
        }),
        ..options()
    })
    .await;
    for header in headers {
        let header = header.as_deref().map(|value| ("Authorization", value));
        api.send("GET", PAGE_USER, header.as_slice()).await;
    }
    std::mem::take(&mut *records.lock().unwrap())
}

#[tokio::test]
async fn the_request_log_has_the_key_and_the_reason_of_a_401() {
    let bearer = |key: &str| Some(format!("Bearer {key}"));
    let unknown = "crd_test_Unknown00000000000000000000000000000000000033Yct1";
    let cases = [
        (bearer(&key("reads its account")), 200, Some("key_reads_its_account"), None),
        (bearer(&key("is expired")), 401, Some("key_expired"), Some("expired")),
        (bearer(&key("is revoked")), 401, Some("key_revoked"), Some("revoked")),
        (bearer("YOUR_API_KEY"), 401, None, Some("malformed")),
        (bearer(unknown), 401, None, Some("unknown")),
        (Some("Basic YTpi".to_owned()), 401, None, Some("other scheme")),
        (None, 401, None, Some("missing")),
    ];
    let log = request_log("INFO", &cases.each_ref().map(|(header, ..)| header.clone())).await;
    let expected = cases.map(|(_, status, key_id, reason)| {
        (status, key_id.map(str::to_owned), reason.map(str::to_owned))
    });
    assert_eq!(log, expected);
}

#[tokio::test]
async fn a_function_that_logs_nothing_delays_no_response() {
    let started = Instant::now();
    let log = request_log("ERROR", &[None, None, None]).await;
    assert_eq!(log, [(401, None, None), (401, None, None), (401, None, None)]);
    assert!(started.elapsed() < Duration::from_secs(5));
}

const OPENAPI: &str = include_str!("../../openapi.yaml");

#[tokio::test]
async fn a_renewal_loses_no_request() {
    let api = Api::start().await;
    let function = api.stack.function("GetUserFunction").unwrap();
    let [old] = function.idle_processes()[..] else { panic!("one environment is idle") };
    signal("-STOP", old);
    let key = key("reads its account");
    let (response, ()) = tokio::join!(api.get(PAGE_USER, &key), async {
        wait_until_none_is_idle(function).await;
        api.stack.renew(OPENAPI).await.unwrap();
        signal("-CONT", old);
    });
    assert_eq!(response.status, 200);
    // The old environment is not used again.
    let [new] = function.idle_processes()[..] else { panic!("one environment is idle") };
    assert_ne!(new, old);
    assert_eq!(api.get(PAGE_USER, &key).await.status, 200);
}

#[tokio::test]
async fn a_renewed_stack_serves_the_new_definition() {
    let api = Api::start().await;
    api.stack.renew(&OPENAPI.replace("/v1/users/{id}:", "/v2/users/{id}:")).await.unwrap();
    // Without an authorizer, because only the path for everything else is left.
    assert_eq!(api.get(PAGE_USER, "no key").await.status, 404);
}

#[tokio::test]
async fn a_renewal_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let binaries = options().binaries;
    for name in ["get-user", "authorizer"] {
        std::fs::copy(binaries.join(name), folder.path().join(name)).unwrap();
    }
    let api = Api::with_options(Options { binaries: folder.path().to_owned(), ..options() }).await;
    assert!(api.stack.renew("paths: {}").await.is_err());
    assert!(api.stack.renew(&OPENAPI.replace("${GetUserFunction", "${Other")).await.is_err());
    // A program that ends at once.
    let broken = folder.path().join("authorizer");
    std::fs::remove_file(&broken).unwrap();
    std::fs::copy("/bin/false", &broken).unwrap();
    assert!(api.stack.renew(OPENAPI).await.is_err());
    assert_eq!(api.get(PAGE_USER, &key("reads its account")).await.status, 200);
}
