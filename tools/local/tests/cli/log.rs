//! The request log, and the functions' own lines.

use serde_json::Value;

use crate::local::{Local, PAGE_USER, command, key, send, status};

const BROKEN_USER: &str = "/v1/users/user_400000004";

/// The line about a request, after the milliseconds.
fn request_line(local: &mut Local, start: &str) -> String {
    let line = local.wait_for(|line| line.starts_with(start));
    let (milliseconds, rest) = line.strip_prefix(start).unwrap().split_once(" ms ").unwrap();
    milliseconds.parse::<u32>().unwrap();
    rest.to_owned()
}

#[test]
fn one_line_says_why_a_request_was_denied_or_failed() {
    let reads = key("reads its account");
    for (key, path, status, expected) in [
        (Some(reads.clone()), PAGE_USER, 200, "key_reads_its_account"),
        (Some(key("is expired")), PAGE_USER, 401, "key_expired expired"),
        (Some(key("is revoked")), PAGE_USER, 401, "key_revoked revoked"),
        (None, PAGE_USER, 401, "- missing"),
        (
            Some(reads),
            BROKEN_USER,
            500,
            "key_reads_its_account attribute `email` is missing or not a String",
        ),
    ] {
        let mut local = Local::start(&[]);
        assert_eq!(local.get(path, key.as_deref()), status);
        let line = request_line(&mut local, &format!("GET {path} {status} "));
        assert_eq!(line, expected);
        let output = local.stop("-INT");
        assert!(!output.contains("get-user") && !output.contains("authorizer "), "{output}");
    }
}

#[test]
fn a_request_that_cannot_be_read_has_a_line_with_a_hint() {
    let mut local = Local::start(&[]);
    // As a key that was copied with the end of its line on Windows.
    let key = key("reads its account");
    let request =
        format!("GET {PAGE_USER} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\r\n\r\n");
    assert_eq!(status(&send(&local.api, &request)), 400);
    let line = request_line(&mut local, "- - 400 ");
    assert!(line.ends_with("(does the key end with a carriage return?)"), "{line}");
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
fn verbose_shows_the_functions_lines_readable() {
    let mut local = Local::start(&["--verbose"]);
    local.get(PAGE_USER, Some(&key("is expired")));
    let line = local.wait_for(|line| line.contains(" authorizer "));
    let (time, rest) = line.split_once(' ').unwrap();
    chrono::NaiveTime::parse_from_str(time, "%H:%M:%S%.3f").unwrap();
    assert!(rest.starts_with("INFO  authorizer request request_id=req_"), "{line}");
    assert!(rest.contains(" decision=deny reason=expired key_id=key_expired "), "{line}");
    local.get(BROKEN_USER, Some(&key("reads its account")));
    local.wait_for(|line| {
        line.contains("cause=\"the user's item does not fit the schema: attribute")
    });
}

#[test]
fn with_json_standard_output_is_the_functions_lines_and_nothing_else() {
    let mut local = Local::start(&["--json"]);
    local.get(PAGE_USER, Some(&key("is revoked")));
    request_line(&mut local, &format!("GET {PAGE_USER} 401 "));
    let stdout = local.stop_stdout("-INT");
    let [line] = stdout.lines().collect::<Vec<_>>()[..] else { panic!("{stdout}") };
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!((&line["message"], &line["reason"]), (&"request".into(), &"revoked".into()));
    assert!(line["lambda_request_id"].is_string(), "{line}");
}

#[test]
fn the_log_level_of_the_developer_reaches_the_functions() {
    let local = Local::run(command(&["--json"]).env("AWS_LAMBDA_LOG_LEVEL", "ERROR"));
    assert_eq!(local.get(PAGE_USER, None), 401);
    assert_eq!(local.get(BROKEN_USER, Some(&key("reads its account"))), 500);
    let stdout = local.stop_stdout("-INT");
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    assert!(stdout.contains(r#""level":"ERROR""#), "{stdout}");
}

#[test]
fn a_function_that_does_not_start_says_why() {
    let output = command(&[]).env("AWS_LAMBDA_LOG_LEVEL", "LOUD").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("AWS_LAMBDA_LOG_LEVEL must be TRACE, DEBUG,"), "{stdout}");
}
