//! The request log, and the functions' own lines.

use serde_json::Value;

use crate::local::{Local, PAGE_USER, command, key};

/// The line without the milliseconds.
fn request_line(local: &mut Local, status: &str) -> String {
    let start = format!("GET {PAGE_USER} {status} ");
    let line = local.wait_for(|line| line.starts_with(&start));
    let (milliseconds, rest) = line.strip_prefix(&start).unwrap().split_once(' ').unwrap();
    milliseconds.parse::<u32>().unwrap();
    rest.to_owned()
}

#[test]
fn the_request_log_says_why_a_request_is_401() {
    for (key_name, expected) in [
        ("reads its account", "ms key_reads_its_account"),
        ("is expired", "ms key_expired expired"),
        ("is revoked", "ms key_revoked revoked"),
    ] {
        let mut local = Local::start(&[]);
        let status = local.get(PAGE_USER, Some(&key(key_name))).to_string();
        assert_eq!(request_line(&mut local, &status), expected);
    }
    let mut local = Local::start(&[]);
    local.get(PAGE_USER, None);
    assert_eq!(request_line(&mut local, "401"), "ms - missing");
}

#[test]
fn a_key_is_never_printed() {
    // Not one of the demo keys, which are printed on purpose.
    let unknown = "crd_test_Unknown00000000000000000000000000000000000033Yct1";
    for option in ["--verbose", "--json"] {
        let local = Local::start(&[option]);
        for key in [unknown, "crd_test_Malformed"] {
            assert_eq!(local.get(PAGE_USER, Some(key)), 401);
        }
        let output = local.stop("-INT");
        assert!(output.contains("malformed"), "{output}");
        for key in ["crd_test_Unknown", "crd_test_Malformed", "Bearer crd_test_U"] {
            assert!(!output.contains(key), "{output}");
        }
    }
}

#[test]
fn the_functions_lines_are_hidden_unless_they_are_problems() {
    let local = Local::start(&[]);
    // Its item does not fit the schema.
    assert_eq!(local.get("/v1/users/user_400000004", Some(&key("reads its account"))), 500);
    let output = local.stop("-INT");
    let lines: Vec<_> = output.lines().filter(|line| line.contains(" get-user ")).collect();
    assert_eq!(lines.len(), 1, "{output}");
    assert!(lines[0].contains(" ERROR get-user request "), "{output}");
    assert!(lines[0].contains("attribute `email` is missing or not a String"), "{output}");
    assert!(!output.contains(" authorizer "), "{output}");
}

#[test]
fn verbose_shows_the_functions_lines_readable() {
    let mut local = Local::start(&["--verbose"]);
    local.get(PAGE_USER, Some(&key("is expired")));
    let line = local.wait_for(|line| line.contains(" authorizer "));
    let (time, rest) = line.split_once(' ').unwrap();
    chrono::NaiveTime::parse_from_str(time, "%H:%M:%S%.3f").unwrap();
    assert!(rest.starts_with("INFO  authorizer request request_id=req_"), "{line}");
    assert!(rest.contains(" decision=deny reason=expired key_id=key_expired "), "{line}");
}

#[test]
fn json_shows_the_functions_lines_raw() {
    let mut local = Local::start(&["--json"]);
    local.get(PAGE_USER, Some(&key("is revoked")));
    let line: Value = serde_json::from_str(&local.wait_for(|line| line.starts_with('{'))).unwrap();
    assert_eq!(line["message"], "request");
    assert_eq!(line["reason"], "revoked");
    assert!(line["lambda_request_id"].is_string(), "{line}");
}

#[test]
fn the_log_level_of_the_developer_reaches_the_functions() {
    let local = Local::run(command(&["--json"]).env("AWS_LAMBDA_LOG_LEVEL", "ERROR"));
    assert_eq!(local.get(PAGE_USER, None), 401);
    assert_eq!(local.get("/v1/users/user_400000004", Some(&key("reads its account"))), 500);
    let output = local.stop("-INT");
    let levels: Vec<_> = output.lines().filter(|line| line.starts_with('{')).collect();
    assert_eq!(levels.len(), 1, "{output}");
    assert!(levels[0].contains(r#""level":"ERROR""#), "{output}");
}

#[test]
fn a_function_that_does_not_start_says_why() {
    let output = command(&[]).env("AWS_LAMBDA_LOG_LEVEL", "LOUD").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("AWS_LAMBDA_LOG_LEVEL must be TRACE, DEBUG,"), "{stdout}");
}
