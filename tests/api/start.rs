//! What stops a function at its start, and what it says.

use std::{fs, process::Command};

use insta::assert_snapshot;
use serde_json::Value;

const GET_USER: &str = env!("CARGO_BIN_EXE_get-user");
const AUTHORIZER: &str = env!("CARGO_BIN_EXE_authorizer");
const ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB";

/// What Lambda sets, and the functions' own variables.
pub(crate) const GOOD: [(&str, &str); 10] = [
    ("API_KEYS_TABLE", "api-keys"),
    ("AWS_ACCESS_KEY_ID", "id"),
    // No server listens there, so that no public DNS name is looked up.
    (ENDPOINT, "http://127.0.0.1:1"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ("AWS_LAMBDA_FUNCTION_NAME", "function"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    // No server listens there: a start that succeeds ends with this error.
    ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
    ("USERS_TABLE", "users"),
];

/// Starts a function with some variables changed, and returns its log.
fn start(binary: &str, changes: &[(&str, Option<&str>)]) -> String {
    let mut command = Command::new(binary);
    command.env_clear().envs(GOOD);
    for (variable, value) in changes {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{changes:?}: {output:?}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{changes:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_wrong_variable_stops_the_start_and_the_log_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = |name: &str, body: &str| {
        let path = folder.path().join(name);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        fs::write(&path, pem).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let [not_base64, no_certificate] =
        [bundle("not_base64", "se*cret!"), bundle("no_certificate", "c2VjcmV0")];
    let no_pem = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let mut shown = String::new();
    for (binary, variable, values) in [
        (GET_USER, "USERS_TABLE", &[None, Some(" ")][..]),
        (AUTHORIZER, "API_KEYS_TABLE", &[None]),
        (GET_USER, "AWS_REGION", &[None, Some(""), Some("a b"), Some("a/b"), Some("-")]),
        (AUTHORIZER, "AWS_ACCESS_KEY_ID", &[None]),
        (GET_USER, "AWS_SECRET_ACCESS_KEY", &[Some("")]),
        (GET_USER, "AWS_LAMBDA_RUNTIME_API", &[None, Some("a b"), Some("/x")]),
        (AUTHORIZER, "AWS_LAMBDA_FUNCTION_NAME", &[None]),
        (GET_USER, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &[Some("much")]),
        (GET_USER, "AWS_LAMBDA_LOG_LEVEL", &[Some("LOUD")]),
        (AUTHORIZER, "AWS_CA_BUNDLE", &[Some("/nowhere"), Some(no_pem)]),
        (GET_USER, "AWS_CA_BUNDLE", &[Some(&*not_base64), Some(&*no_certificate)]),
    ] {
        for value in values {
            let log = start(binary, &[(variable, *value)]);
            let line: Value = serde_json::from_str(&log).unwrap();
            assert_eq!((&line["level"], &line["message"]), (&"ERROR".into(), &"stopped".into()));
            let value = format!("{value:?}").replace(env!("CARGO_MANIFEST_DIR"), "…");
            let value = value.replace(folder.path().to_str().unwrap(), "…");
            shown += &format!("{value}: {}\n", line["cause"].as_str().unwrap());
        }
    }
    assert_snapshot!("causes", shown);
}

#[test]
fn an_endpoint_has_a_scheme_a_host_and_maybe_a_port() {
    for bad in [
        "127.0.0.1:8000",
        "ftp://127.0.0.1",
        "http://user:word@127.0.0.1",
        "http://127.0.0.1/path",
        "https://127.0.0.1/?query",
        "https://a..b",
        "http://127.0.0.1:",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:port",
        "http://[::1]:",
        "http://127.0.0.1:1///",
    ] {
        let log = start(GET_USER, &[(ENDPOINT, Some(bad))]);
        assert!(log.contains("AWS_ENDPOINT_URL_DYNAMODB must be a URL"), "{bad}: {log}");
    }
    let good =
        ["http://127.0.0.1:1", "http://127.0.0.1:1/", "http://[::1]:1", "https://localhost:1"];
    let good = good.map(|url| (ENDPOINT, url));
    // As `cargo lambda` sets it.
    let of_cargo_lambda = ("AWS_LAMBDA_RUNTIME_API", "http://127.0.0.1:1/.rt/get-user");
    for (variable, url) in good.into_iter().chain([of_cargo_lambda]) {
        let log = start(GET_USER, &[(variable, Some(url))]);
        // Only the servers are missing.
        assert!(log.contains("connection not opened at start"), "{url}: {log}");
        assert!(!log.contains("AWS_"), "{url}: {log}");
    }
}

#[test]
fn endpoints_are_found_and_ignored_as_by_aws_sdks() {
    const EVERY_SERVICE: &str = "AWS_ENDPOINT_URL";
    // This is read after the endpoint, and stops the start before a public name is looked up.
    const BUNDLE: &str = "AWS_CA_BUNDLE";
    let [good, bad] = ["http://127.0.0.1:1", "127.0.0.1:8000"].map(Some);
    for (own, every, ignores, stops) in [
        (bad, None, "false", ENDPOINT),
        (None, bad, "1", EVERY_SERVICE),
        (Some(""), bad, "false", EVERY_SERVICE),
        (good, bad, "false", BUNDLE),
        (bad, None, "true", BUNDLE),
        (None, bad, "True", BUNDLE),
    ] {
        let changes = [
            (ENDPOINT, own),
            (EVERY_SERVICE, every),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", Some(ignores)),
            (BUNDLE, Some("/nowhere")),
        ];
        let log = start(GET_USER, &changes);
        assert!(log.contains(&format!("{stops} must")), "{own:?} {every:?} {ignores}: {log}");
    }
}
