//! The lines of the functions' log: which fields each kind has, and at which level.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpListener,
    process::Command,
    thread,
};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    client::{Api, PAGE_USER, filters, is_now, key},
    events::event,
    fake_table::{FakeTable, Reply},
    start,
};

#[tokio::test]
async fn each_kind_of_line_is_like_this_and_its_fields_are_documented() {
    let api = Api::start().await;
    // On a busy machine, a warning about the start.
    api.log.lock().unwrap().clear();
    let bearer = |key: &str| format!("Bearer {key}");
    let good = key("reads its account");
    let unknown = "crd_test_Unknown00000000000000000000000000000000000033Yct1";
    let mut shown = String::new();
    for (name, path, values) in [
        ("the first request", PAGE_USER, vec![bearer(&good)]),
        ("another request", PAGE_USER, vec![format!("BEARER   {good}")]),
        ("a user of another account", "/v1/users/user_300000003", vec![format!("bearer {good}")]),
        // The ID is not logged: it may be anything.
        ("a malformed user ID", "/v1/users/john.doe", vec![bearer(&good)]),
        ("no key", PAGE_USER, vec![]),
        ("an empty header", PAGE_USER, vec![String::new()]),
        ("a scheme alone", PAGE_USER, vec!["Bearer".to_owned()]),
        ("a scheme and a space", PAGE_USER, vec![bearer("")]),
        ("a key alone", PAGE_USER, vec![good.clone()]),
        ("another scheme", PAGE_USER, vec![format!("Basic {good}")]),
        ("a key twice", PAGE_USER, vec![bearer(&good), bearer(&good)]),
        ("a key that cannot be one", PAGE_USER, vec![bearer("YOUR_API_KEY")]),
        ("a key in lower case", PAGE_USER, vec![bearer(&good.to_lowercase())]),
        ("a key and more", PAGE_USER, vec![bearer(&format!("{good} x"))]),
        ("a key that was never issued", PAGE_USER, vec![bearer(unknown)]),
        ("an expired key", PAGE_USER, vec![bearer(&key("is expired"))]),
        ("a revoked key", PAGE_USER, vec![bearer(&key("is revoked"))]),
    ] {
        let headers: Vec<_> = values.iter().map(|it| ("authorization", it.as_str())).collect();
        let response = api.send("GET", path, &headers).await;
        let lines = if response.status == 401 { 1 } else { 2 };
        shown += &format!("{name}: {}\n{}", response.status, api.take_log(lines).await);
    }
    let refused = FakeTable::start([Reply::error(400, "AccessDeniedException")]).await;
    for (name, url, lines) in
        [("a refused read", &*refused.url, 4), ("no table", "http://127.0.0.1:1", 10)]
    {
        let api = Api::with_dynamodb(url).await;
        api.get_user(&event("get-user/found")).await;
        api.authorize(&event("authorizer/allow")).await.unwrap_err();
        shown += &format!("{name}\n{}", api.take_log(lines).await);
    }
    api.get_user(&event("get-user/no-authorizer")).await;
    shown += &format!("no authorizer\n{}", api.take_log(1).await);
    for (function, event) in
        [("GetUserFunction", json!([])), ("AuthorizerFunction", json!({ "methodArn": 1 }))]
    {
        let report = api.invoke(function, &event).await.unwrap_err();
        shown += &format!("an invalid event: {report}\n{}", api.take_log(1).await);
    }
    let mut fields = BTreeSet::from(["trace_id".to_owned()]);
    for line in shown.lines().filter_map(|line| line.get(line.find("{\"timestamp\"")?..)) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(is_now(&line["timestamp"], "%Y-%m-%dT%H:%M:%S%.3fZ"), "{line}");
        fields.extend(line.as_object().unwrap().keys().cloned());
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/logging.md");
    let page = std::fs::read_to_string(path).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    assert_eq!(rows.map(|(field, _)| field.to_owned()).collect::<BTreeSet<_>>(), fields);
    let _guard = filters();
    assert_snapshot!("lines", shown);
}

#[tokio::test]
async fn the_lowest_level_is_the_one_that_lambda_sets() {
    for (level, has_info, has_warn) in [
        ("TRACE", true, true),
        ("DEBUG", true, true),
        ("INFO", true, true),
        ("WARN", false, true),
        ("ERROR", false, false),
        ("FATAL", false, false),
    ] {
        // After an attempt that fails there is no such key, and then no permission.
        let refused = Reply::error(400, "AccessDeniedException");
        let table = FakeTable::start([Reply::body(502, ""), Reply::empty(), refused]).await;
        let api = Api::with_variables(vec![
            ("AWS_ENDPOINT_URL_DYNAMODB", table.url),
            ("AWS_LAMBDA_LOG_LEVEL", level.to_owned()),
        ])
        .await;
        assert_eq!(api.effect(&event("authorizer/allow")).await, "Deny");
        api.authorize(&event("authorizer/allow")).await.unwrap_err();
        // The error is the last line, so all others have arrived.
        api.line("", "\"level\":\"ERROR\"", 1).await;
        let log = api.take_log(1).await;
        assert_eq!(log.contains("\"level\":\"INFO\""), has_info, "{level}: {log}");
        assert_eq!(log.contains("\"level\":\"WARN\""), has_warn, "{level}: {log}");
    }
}

#[test]
fn a_trace_header_is_logged_if_it_has_the_form_of_x_rays() {
    let usual = "Root=1-65a50a58-1c3a5b7e2f4d6a8b9c0d1e2f;Parent=53995c3f42cd8ad8;Sampled=1";
    let with_lineage = format!("{usual};Lineage=1:6a6bd0f3:0|1:b2c4a5d6:0");
    let longest = format!("{usual}{}", "0".repeat(128 - usual.len()));
    for header in [usual, &with_lineage, &longest] {
        let field = format!("\"trace_id\":\"{header}\"");
        assert!(log_with_trace(header).contains(&field), "{header}");
    }
    for header in ["", "Self=1-65a50a58", "Root=1-a@b", "Root=1-a b", &format!("{longest}0")] {
        assert!(!log_with_trace(header).contains("trace_id"), "{header}");
    }
}

/// The log of an authorizer that gets one event with this trace header, as Lambda sends it. The local
/// stack sends none.
fn log_with_trace(header: &str) -> String {
    let runtime_api = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = runtime_api.local_addr().unwrap().to_string();
    let event = event("authorizer/no-key").to_string();
    let response = format!(
        "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 1\r\nLambda-Runtime-Deadline-Ms: 1\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn\r\nLambda-Runtime-Trace-Id: {header}\r\n\
         Content-Length: {}\r\n\r\n{event}",
        event.len()
    );
    let server = thread::spawn(move || {
        let (mut connection, _) = runtime_api.accept().unwrap();
        assert_ne!(connection.read(&mut [0; 1_024]).unwrap(), 0);
        connection.write_all(response.as_bytes()).unwrap();
    });
    let process = Command::new(env!("CARGO_BIN_EXE_authorizer"))
        .env_clear()
        .envs(start::GOOD)
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .output();
    server.join().unwrap();
    // It ends, because there is no second event.
    let log = String::from_utf8(process.unwrap().stdout).unwrap();
    assert!(log.contains("\"reason\":\"missing\""), "{log}");
    log
}
