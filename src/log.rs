//! The log: JSON lines on standard output, where Lambda reads them (`docs/logging.md`).
//!
//! Only this crate writes lines. Those of libraries may contain a header or a body.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    error::Error,
    io::{self, Write},
    iter,
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use aws_sdk_dynamodb::primitives::DateTime;
use serde::Serialize;

use crate::{
    environment::{ConfigError, optional},
    meta,
};

/// Severity of a line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Level {
    Info,
    Warn,
    Error,
}

/// The longest error chain that is logged, in characters.
const MAX_CHAIN_LENGTH: usize = 600;

static LOWEST_LEVEL: OnceLock<Level> = OnceLock::new();

thread_local! {
    /// A function serves one request at a time, on one thread.
    static REQUEST_ID: RefCell<Option<String>> = const { RefCell::new(None) };
}

#[derive(Serialize)]
struct Line<'a, F> {
    timestamp: String,
    level: Level,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(flatten)]
    fields: F,
}

/// Reads `AWS_LAMBDA_LOG_LEVEL`, which Lambda sets from the function's logging configuration: the
/// lowest level that is written. Default: `INFO`.
///
/// # Errors
/// The level is not one of Lambda's. The default level applies, so that the error can be logged.
pub fn init() -> Result<(), ConfigError> {
    let variable = "AWS_LAMBDA_LOG_LEVEL";
    let level = match optional(variable)?.as_deref() {
        // The functions have no lines of other levels.
        None | Some("TRACE" | "DEBUG" | "INFO") => Level::Info,
        Some("WARN") => Level::Warn,
        Some("ERROR" | "FATAL") => Level::Error,
        Some(_) => {
            let expected = "must be TRACE, DEBUG, INFO, WARN, ERROR or FATAL";
            return Err(ConfigError::invalid(variable, expected, "unknown level"));
        }
    };
    LOWEST_LEVEL.get_or_init(|| level);
    Ok(())
}

/// Sets the `request_id` of the lines that follow.
pub(crate) fn set_request_id(request_id: &str) {
    REQUEST_ID.set(Some(request_id.to_owned()));
}

/// Logs an error and all of its sources.
pub(crate) fn error(level: Level, message: &str, error: &dyn Error) {
    write(level, message, &BTreeMap::from([("cause", error_chain(error))]));
}

/// Writes a line with these fields, unless its level is too low.
pub(crate) fn write(level: Level, message: &str, fields: &impl Serialize) {
    if level < *LOWEST_LEVEL.get().unwrap_or(&Level::Info) {
        return;
    }
    let line = REQUEST_ID.with_borrow(|request_id| {
        serde_json::to_string(&Line {
            timestamp: timestamp(SystemTime::now()),
            level,
            message,
            request_id: request_id.as_deref(),
            fields,
        })
    });
    // A line that cannot be written must not fail the request.
    let _ = line.map(|line| io::stdout().write_all((line + "\n").as_bytes()));
}

/// Milliseconds with three decimals.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1e3
}

/// An error and all of its sources: `error: source: source of the source`. Of each only the first
/// line is taken, because AWS's error for a bad signature quotes the request's headers below it.
pub(crate) fn error_chain(error: &dyn Error) -> String {
    let mut last = String::new();
    let mut chain = String::new();
    for error in iter::successors(Some(error), |&error| error.source()) {
        let text = error.to_string();
        let text = text.split(['\n', '\r']).next().unwrap_or_default();
        let text = text.split("\\n").next().unwrap_or_default();
        // Some errors repeat their source in their own text.
        if !last.ends_with(text) {
            chain.extend([if chain.is_empty() { "" } else { ": " }, text]);
        }
        last = text.to_owned();
    }
    chain.chars().take(MAX_CHAIN_LENGTH).collect()
}

/// RFC 3339 with milliseconds.
fn timestamp(now: SystemTime) -> String {
    let milliseconds = DateTime::from(now).subsec_nanos() / 1_000_000;
    format!("{}.{milliseconds:03}Z", meta::timestamp(now).trim_end_matches('Z'))
}
