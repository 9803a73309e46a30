//! What must never be in a log.

use crate::{
    client::{Api, PAGE_USER},
    keys::key,
};

#[tokio::test]
async fn no_key_no_header_and_nobody_s_data_reaches_the_log() {
    let api = Api::start().await;
    let reader = key("reads its account");
    for path in [
        PAGE_USER,
        "/v1/users/user_400000004",
        "/v1/users/user_300000003",
        "/v1/users/john@doe.example",
    ] {
        api.get(path, &reader).await;
        api.get(path, &key("is revoked")).await;
        api.get(path, "crd_live_mistyped-but-secret").await;
    }
    api.send(
        "GET",
        PAGE_USER,
        &[("Authorization", "Basic am9objpzZWNyZXQ="), ("X-Own", "own-value")],
    )
    .await;

    let log = api.log.lock().unwrap();
    for line in ["key_reads_its_account", "\"reason\":\"revoked key\"", "\"status\":200"] {
        assert!(log.contains(line), "{line} is not in the log:\n{log}");
    }
    for secret in [
        "crd_",
        "Bearer",
        "am9obj",
        "own-value",
        "secret",
        "@",
        "john",
        "John",
        "+1234567890",
        "Acme",
        "4711",
        "Broken",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}
