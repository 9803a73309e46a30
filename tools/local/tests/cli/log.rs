//! The request log, the functions' own lines, and the summary.

use serde_json::Value;

use crate::local::{Local, PAGE_USER, command, filters, key};

const BROKEN_USER: &str = "/v1/users/user_400000004";

#[test]
fn a_line_for_each_request_says_why_it_was_denied_or_failed_and_the_end_sums_up() {
    let mut local = Local::start(&[]);
    let reads = key("reads its account");
    // As a key that was copied with the end of its line on Windows. Its line may come after the response.
    local.get(PAGE_USER, Some(&format!("{reads}\r")));
    local.wait_for(|line| line.starts_with("- - "));
    for (path, key) in [
        (PAGE_USER, Some(reads.clone())),
        (PAGE_USER, None),
        (PAGE_USER, Some("crd_test_Malformed".to_owned())),
        (PAGE_USER, Some(key("is expired"))),
        (PAGE_USER, Some(key("is revoked"))),
        (BROKEN_USER, Some(reads)),
    ] {
        local.get(path, key.as_deref());
    }
    let output = local.stop("-TERM").stdout();
    let _filters = filters();
    insta::assert_snapshot!("log", &output);
    // A terminal would break a longer line, perhaps in a key.
    let start = output.lines().take_while(|line| !line.starts_with("ready "));
    assert!(start.map(str::len).all(|length| length <= 80), "{output}");
    let all = output.lines().find_map(|line| line.trim_start().strip_prefix("all ")).unwrap();
    let times: Vec<f64> = all.split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert!(0.0 < times[1] && times[1] <= times[2], "{all}");
}

#[test]
fn the_end_of_a_stack_without_requests_says_so() {
    let output = Local::start(&[]).stop("-INT").stdout();
    assert!(output.ends_with("\nno requests\n"), "{output}");
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
fn with_json_standard_output_is_the_functions_lines_of_the_developers_level() {
    let mut local = Local::run(command(&["--json"]).env("AWS_LAMBDA_LOG_LEVEL", "ERROR"));
    assert_eq!(local.get(PAGE_USER, None), 401);
    assert_eq!(local.get(BROKEN_USER, Some(&key("reads its account"))), 500);
    for status in [401, 500] {
        local.wait_for(|line| line.starts_with("GET ") && line.contains(&format!(" {status} ")));
    }
    let stdout = local.stop("-INT").stdout();
    let [line] = stdout.lines().collect::<Vec<_>>()[..] else { panic!("{stdout}") };
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!((&line["message"], &line["level"]), (&"request".into(), &"ERROR".into()));
    assert!(line["lambda_request_id"].is_string(), "{line}");
}

#[test]
fn a_function_that_does_not_start_says_why() {
    let output = command(&[]).env("AWS_LAMBDA_LOG_LEVEL", "LOUD").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("AWS_LAMBDA_LOG_LEVEL must be TRACE, DEBUG,"), "{stdout}");
}
