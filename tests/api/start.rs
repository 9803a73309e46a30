//! What stops a function at its start, and what it says.

use std::process::Command;

use crate::log::assert_other_line;

/// What Lambda sets, and the functions' own variables.
pub(crate) const GOOD: [(&str, &str); 10] = [
    ("API_KEYS_TABLE", "api-keys"),
    ("AWS_ACCESS_KEY_ID", "id"),
    // No server listens there, so that no public DNS name is looked up.
    ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ("AWS_LAMBDA_FUNCTION_NAME", "function"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    // No server listens there: a start that succeeds ends with this error.
    ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
    ("USERS_TABLE", "users"),
];

/// Starts a function with one variable changed, and returns its log.
fn start(binary: &str, variable: &str, value: Option<&str>) -> String {
    start_with(binary, &[(variable, value)])
}

fn start_with(binary: &str, changes: &[(&str, Option<&str>)]) -> String {
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
    let get_user = env!("CARGO_BIN_EXE_get-user");
    let authorizer = env!("CARGO_BIN_EXE_authorizer");
    let no_pem = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (binary, variable, value) in [
        (get_user, "USERS_TABLE", None),
        (get_user, "USERS_TABLE", Some(" ")),
        (authorizer, "API_KEYS_TABLE", None),
        (get_user, "AWS_REGION", None),
        (get_user, "AWS_REGION", Some("")),
        (get_user, "AWS_REGION", Some("a b")),
        (get_user, "AWS_REGION", Some("a/b")),
        (get_user, "AWS_REGION", Some("-")),
        (authorizer, "AWS_ACCESS_KEY_ID", None),
        (get_user, "AWS_SECRET_ACCESS_KEY", Some("")),
        (get_user, "AWS_ENDPOINT_URL_DYNAMODB", Some("127.0.0.1:8000")),
        (get_user, "AWS_ENDPOINT_URL_DYNAMODB", Some("ftp://127.0.0.1")),
        (get_user, "AWS_ENDPOINT_URL_DYNAMODB", Some("http://user:word@127.0.0.1")),
        (get_user, "AWS_ENDPOINT_URL_DYNAMODB", Some("http://127.0.0.1/path")),
        (get_user, "AWS_ENDPOINT_URL_DYNAMODB", Some("https://127.0.0.1/?query")),
        (get_user, "AWS_ENDPOINT_URL_DYNAMODB", Some("https://a..b")),
        (get_user, "AWS_ENDPOINT_URL_DYNAMODB", Some("http://127.0.0.1:")),
        (get_user, "AWS_ENDPOINT_URL_DYNAMODB", Some("http://127.0.0.1:0")),
        (get_user, "AWS_ENDPOINT_URL_DYNAMODB", Some("http://127.0.0.1:99999")),
        (get_user, "AWS_ENDPOINT_URL_DYNAMODB", Some("http://127.0.0.1:port")),
        (get_user, "AWS_ENDPOINT_URL_DYNAMODB", Some("http://[::1]:")),
        (get_user, "AWS_ENDPOINT_URL_DYNAMODB", Some("http://127.0.0.1:1///")),
        (get_user, "AWS_LAMBDA_RUNTIME_API", Some("a b")),
        (get_user, "AWS_LAMBDA_RUNTIME_API", Some("/x")),
        (authorizer, "AWS_CA_BUNDLE", Some("/nowhere")),
        (get_user, "AWS_CA_BUNDLE", Some(no_pem)),
        (get_user, "AWS_LAMBDA_LOG_LEVEL", Some("LOUD")),
        (get_user, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", Some("much")),
        (authorizer, "AWS_LAMBDA_RUNTIME_API", None),
        (authorizer, "AWS_LAMBDA_FUNCTION_NAME", None),
    ] {
        let log = start(binary, variable, value);
        let cause = assert_other_line(&log, "ERROR", "stopped", false);
        assert!(cause.contains(variable), "{variable}={value:?}: {cause}");
    }
}

#[test]
fn a_bundle_that_cannot_be_used_stops_the_start_and_is_not_quoted() {
    let bundle = |body: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        std::fs::write(&file, pem).unwrap();
        file
    };
    // Neither base64, nor a certificate.
    for file in [bundle("se*cret!"), bundle("c2VjcmV0")] {
        let path = file.path().to_str().unwrap();
        let log = start(env!("CARGO_BIN_EXE_get-user"), "AWS_CA_BUNDLE", Some(path));
        assert!(log.contains("AWS_CA_BUNDLE must name a file of PEM certificates"), "{log}");
        assert!(!log.contains("se*cret") && !log.contains("c2VjcmV0"), "{log}");
    }
}

#[test]
fn a_good_address_starts_the_function() {
    for (variable, address) in [
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1/"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://[::1]:1"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "https://localhost:1"),
        // As `cargo lambda` sets it.
        ("AWS_LAMBDA_RUNTIME_API", "http://127.0.0.1:1/.rt/get-user"),
    ] {
        let log = start(env!("CARGO_BIN_EXE_get-user"), variable, Some(address));
        // Only the servers are missing.
        assert!(log.contains("connection not opened at start"), "{address}: {log}");
        assert!(!log.contains("AWS_"), "{address}: {log}");
    }
}

#[test]
fn a_function_started_by_hand_says_how_to_run_it() {
    let log = start(env!("CARGO_BIN_EXE_get-user"), "AWS_LAMBDA_RUNTIME_API", None);
    assert!(log.contains("to run it here, use `cargo local`"), "{log}");
}

#[test]
fn endpoints_are_ignored_as_aws_sdks_ignore_them() {
    // This is read after the endpoint, and stops the start before a public name is looked up.
    let no_bundle = ("AWS_CA_BUNDLE", Some("/nowhere"));
    for (ignores, is_ignored) in [("true", true), ("True", true), ("false", false), ("1", false)] {
        for variable in ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"] {
            let changes = [
                ("AWS_ENDPOINT_URL_DYNAMODB", None),
                (variable, Some("127.0.0.1:8000")),
                ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", Some(ignores)),
                no_bundle,
            ];
            let log = start_with(env!("CARGO_BIN_EXE_get-user"), &changes);
            let stops = if is_ignored { no_bundle.0 } else { variable };
            assert!(log.contains(&format!("{stops} must")), "{variable} {ignores}: {log}");
        }
    }
}
