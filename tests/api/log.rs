//! The lines of the functions' log: which fields each kind has, and at which level.

use std::{collections::BTreeSet, process::Stdio};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    process::Command,
};

use crate::{
    client::{Api, PAGE_USER},
    contract,
    events::event,
    fake_table::{FakeTable, Reply},
    keys::key,
    responses::assert_is_now,
    start,
};

const ALWAYS: &str = "timestamp level message request_id lambda_request_id version cold method ms";

/// Whether the line has these fields beside those of every request, and no others.
#[track_caller]
fn assert_fields(line: &Value, level: &str, fields: &str) {
    let expected: BTreeSet<_> =
        ALWAYS.split_whitespace().chain(fields.split_whitespace()).collect();
    let found: BTreeSet<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(found, expected, "{line}");
    assert_eq!((&line["level"], &line["message"]), (&json!(level), &json!("request")), "{line}");
    assert_is_now(&line["timestamp"], "%Y-%m-%dT%H:%M:%S%.3fZ");
    assert!(line.to_string().len() <= 1_024, "{line}");
}

/// Whether the log has a line with this message, with the fields that lines have that are not about
/// a request, and no others. Returns its cause.
#[track_caller]
pub(crate) fn assert_other_line(
    log: &str,
    level: &str,
    message: &str,
    has_request_id: bool,
) -> String {
    let message_field = format!("\"message\":\"{message}\"");
    let line = log.lines().find(|line| line.contains(&message_field)).unwrap();
    let line: Value = serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap();
    let mut expected = BTreeSet::from(["timestamp", "level", "message", "cause"]);
    expected.extend(has_request_id.then_some("request_id"));
    let found: BTreeSet<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(found, expected, "{line}");
    assert_eq!(line["level"], level, "{line}");
    line["cause"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_request_has_one_line_in_each_function() {
    let api = Api::start().await;
    for path in [PAGE_USER, PAGE_USER, "/v1/users/user_300000003", "/v1/users/john.doe"] {
        api.get(path, &key("reads its account")).await;
    }
    let fields = "status key_id account_id user_id table_attempts table_ms";
    let line = api.request_line("get-user", 1).await;
    assert_fields(&line, "INFO", &format!("{fields} init_ms"));
    assert_eq!((&line["cold"], &line["status"]), (&json!(true), &json!(200)));
    assert_eq!(line["user_id"], "user_123456789");
    assert_eq!(line["key_id"], "key_reads_its_account");
    assert_eq!(line["account_id"], "acc_789123456");
    let line = api.request_line("get-user", 2).await;
    assert_fields(&line, "INFO", fields);
    assert_eq!(line["cold"], false);
    let line = api.request_line("get-user", 3).await;
    assert_fields(&line, "INFO", &format!("{fields} code"));
    assert_eq!((&line["status"], &line["code"]), (&json!(403), &json!("FORBIDDEN")));
    // An ID that is malformed is not logged: it may be anything.
    let line = api.request_line("get-user", 4).await;
    assert_fields(&line, "INFO", "status code key_id account_id");

    let fields = "decision key_id account_id memory_hit";
    let line = api.request_line("authorizer", 1).await;
    assert_fields(&line, "INFO", &format!("{fields} init_ms table_attempts table_ms"));
    assert_eq!((&line["decision"], &line["memory_hit"]), (&json!("allow"), &json!(false)));
    let line = api.request_line("authorizer", 2).await;
    assert_fields(&line, "INFO", fields);
    assert_eq!(line["memory_hit"], true);
}

#[tokio::test]
async fn whatever_is_wrong_with_a_key_is_the_same_401_and_only_the_log_has_the_reason() {
    let api = Api::start().await;
    let bearer = |key: &str| format!("Bearer {key}");
    let good = key("reads its account");
    let unknown = "crd_test_Unknown00000000000000000000000000000000000033Yct1";
    // A key that cannot be one is not looked up, and only a key that was issued has an ID.
    let looked_up = "table_attempts table_ms";
    let issued = "key_id account_id table_attempts table_ms";
    let cases = [
        (vec![], "missing", ""),
        (vec![String::new()], "no \"Bearer\"", ""),
        (vec!["Bearer".to_owned()], "malformed", ""),
        (vec![bearer("")], "malformed", ""),
        (vec!["YOUR_API_KEY".to_owned()], "no \"Bearer\"", ""),
        (vec![good.clone()], "no \"Bearer\"", ""),
        (vec![format!("Basic {good}")], "other scheme", ""),
        (vec![bearer(&good), bearer(&good)], "several headers", ""),
        (vec![bearer("YOUR_API_KEY")], "malformed", ""),
        (vec![bearer(&good.to_lowercase())], "malformed", ""),
        (vec![bearer(&format!("{good} x"))], "malformed", ""),
        (vec![bearer(unknown)], "unknown", looked_up),
        (vec![bearer(&key("is expired"))], "expired", issued),
        (vec![bearer(&key("is revoked"))], "revoked", issued),
    ];
    for (number, (values, reason, fields)) in cases.into_iter().enumerate() {
        let headers: Vec<_> =
            values.iter().map(|value| ("Authorization", value.as_str())).collect();
        let response = api.send("GET", PAGE_USER, &headers).await;
        assert_eq!(response.json()["error"], contract::error("/v1/users/{id}", "get", 401));
        let line = api.request_line("authorizer", number + 1).await;
        let first = if number == 0 { "init_ms" } else { "" };
        assert_fields(&line, "INFO", &format!("decision reason {fields} {first}"));
        assert_eq!((&line["decision"], &line["reason"]), (&json!("deny"), &json!(reason)));
    }
}

#[tokio::test]
async fn what_somebody_has_to_repair_is_an_error_with_its_cause() {
    let table = FakeTable::start([Reply::error(400, "AccessDeniedException")]).await;
    let api = Api::with_dynamodb(&table.url).await;
    let mut request = event("get-user/found");
    api.get_user(&request).await;
    let line = api.request_line("get-user", 1).await;
    let fields = "status code key_id account_id user_id table_attempts table_ms cause init_ms";
    assert_fields(&line, "ERROR", fields);
    request["requestContext"]["authorizer"] = Value::Null;
    api.get_user(&request).await;
    let line = api.request_line("get-user", 2).await;
    assert_fields(&line, "ERROR", "status code user_id cause");

    api.authorize(&event("authorizer/allow")).await.unwrap_err();
    let line = api.request_line("authorizer", 1).await;
    assert_fields(&line, "ERROR", "decision table_attempts table_ms cause init_ms");
    assert_eq!(line["decision"], "failed");
}

#[tokio::test]
async fn a_line_that_is_not_about_a_request_has_a_level_and_a_cause() {
    let api = Api::with_dynamodb("http://127.0.0.1:1").await;
    let log = api.log_with("connection not opened at start", 2).await;
    assert_other_line(&log, "WARN", "connection not opened at start", false);
    api.get_user(&event("get-user/found")).await;
    let log = api.log_with("table attempt failed", 1).await;
    assert_other_line(&log, "WARN", "table attempt failed", true);
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
        let log = api.log_with("\"level\":\"ERROR\"", 1).await;
        assert_eq!(log.contains("\"level\":\"INFO\""), has_info, "{level}: {log}");
        assert_eq!(log.contains("\"level\":\"WARN\""), has_warn, "{level}: {log}");
    }
}

#[tokio::test]
async fn a_trace_header_is_logged_if_it_has_the_form_of_x_rays() {
    let usual = "Root=1-65a50a58-1c3a5b7e2f4d6a8b9c0d1e2f;Parent=53995c3f42cd8ad8;Sampled=1";
    let with_lineage = format!("{usual};Lineage=1:6a6bd0f3:0|1:b2c4a5d6:0");
    let longest = format!("{usual}{}", "0".repeat(128 - usual.len()));
    for header in [usual, &with_lineage, &longest] {
        assert_eq!(line_with_trace(header).await["trace_id"], header);
    }
    for header in ["", "Self=1-65a50a58", "Root=1-a@b", "Root=1-a b", &format!("{longest}0")] {
        assert!(line_with_trace(header).await.get("trace_id").is_none(), "{header}");
    }
}

/// The authorizer's line about an invocation with this trace header, as a Runtime API sends it. The
/// local stack sends none.
async fn line_with_trace(header: &str) -> Value {
    let runtime_api = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_authorizer"))
        .env_clear()
        .envs(start::GOOD)
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api.local_addr().unwrap().to_string())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let (mut connection, _) = runtime_api.accept().await.unwrap();
    let mut request = [0; 1_024];
    assert_ne!(connection.read(&mut request).await.unwrap(), 0);
    let mut event = event("authorizer/allow");
    event["multiValueHeaders"] = json!({});
    let event = event.to_string();
    let response = format!(
        "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 1\r\nLambda-Runtime-Deadline-Ms: 1\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn\r\nLambda-Runtime-Trace-Id: {header}\r\n\
         Content-Length: {}\r\n\r\n{event}",
        event.len()
    );
    connection.write_all(response.as_bytes()).await.unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let line = loop {
        let line = lines.next_line().await.unwrap().unwrap();
        if line.contains("\"message\":\"request\"") {
            break line;
        }
    };
    serde_json::from_str(&line).unwrap()
}

#[test]
fn the_documentation_has_the_fields_of_the_lines() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/logging.md");
    let page = std::fs::read_to_string(path).unwrap();
    let documented: BTreeSet<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(field, _)| field)
        .collect();
    let others = "init_ms trace_id status code decision reason key_id account_id user_id \
                  memory_hit table_attempts table_ms cause";
    let expected: BTreeSet<_> =
        ALWAYS.split_whitespace().chain(others.split_whitespace()).collect();
    assert_eq!(documented, expected);
}
