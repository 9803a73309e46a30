//! Compares what a person sees with files.

use std::time::UNIX_EPOCH;

use regex_lite::{Captures, Regex};
use tokio::process::Command;

use crate::table::text;

const DAY: u64 = 86_400;
/// Times that are shown as such, in seconds from now.
const TIMES: [(&str, u64); 8] = [
    ("now", 0),
    ("in 1 hour", 3_600),
    ("in 2 days", 2 * DAY),
    ("in 7 days", 7 * DAY),
    ("in 90 days", 90 * DAY),
    ("in 1 year", 365 * DAY),
    ("in 2 years", 730 * DAY),
    ("in 1000 years", 1000 * 31_557_600),
];

/// What a person sees: the command, the lines of standard error (with `!`), standard output, and the
/// exit code unless that is 0.
pub(crate) async fn shown(title: &str, command: &mut Command) -> String {
    let output = command.output().await.unwrap();
    let code = match output.status.code().unwrap() {
        0 => String::new(),
        code => format!("exit code {code}\n"),
    };
    let errors = text(output.stderr);
    let errors: String = errors.lines().map(|line| format!("! {line}\n")).collect();
    format!("$ {title}\n{errors}{}{code}\n", text(output.stdout))
}

/// Compares a text with the snapshot of this name, in which keys, IDs, times, files and codes of the
/// operating system have the same name in each run.
pub(crate) fn assert_snapshot(name: &str, shown: &str) {
    let mut ids = Vec::new();
    let mut number = |id: &str| {
        let number = ids.iter().position(|it| it == id).unwrap_or_else(|| {
            ids.push(id.to_owned());
            ids.len() - 1
        });
        format!("key_ID_{number:.<17}")
    };
    let mut shown = shown.to_owned();
    let mut replace = |pattern, by: &mut dyn FnMut(&str) -> String| {
        let by = |found: &Captures| by(&found[0]);
        shown = Regex::new(pattern).unwrap().replace_all(&shown, by).into_owned();
    };
    replace("crd_(live|test)_[0-9A-Za-z]{49}", &mut |key| format!("{}KEY", &key[..9]));
    replace("crd_(live|test)_…[0-9A-Za-z]{4}", &mut |key| format!("{}…HINT", &key[..9]));
    replace("key_[0-9a-f]{20}", &mut number);
    replace(r"\b\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?|\b\d{10,11}\b", &mut |text| time(text));
    replace(r"\(os error \d+\)", &mut |_| "(os error)".to_owned());
    replace(r"/[^ ]*/keys-\d+-\d+", &mut |_| "FILE".to_owned());
    insta::assert_snapshot!(name, shown);
}

/// The name of the time, give or take the minute that a test may last; or the time itself.
fn time(text: &str) -> String {
    let (full, tolerance) = match text.len() {
        10 if text.contains('-') => (format!("{text}T00:00:00Z"), DAY + 60),
        _ => (text.to_owned(), 60),
    };
    let seconds = full.parse().unwrap_or_else(|_| {
        let time = humantime::parse_rfc3339(&full).unwrap();
        time.duration_since(UNIX_EPOCH).unwrap().as_secs()
    });
    let is_near = |(_, from_now): &&(&str, u64)| (now() + from_now).abs_diff(seconds) < tolerance;
    match TIMES.iter().find(is_near) {
        Some((name, _)) => format!("{name:.<width$}", width = text.len()),
        None => text.to_owned(),
    }
}

/// The current time in seconds since 1970.
pub(crate) fn now() -> u64 {
    UNIX_EPOCH.elapsed().unwrap().as_secs()
}
