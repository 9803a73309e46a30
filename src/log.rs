//! The log: JSON lines on standard output, where Lambda reads them (`docs/logging.md`).
//!
//! Only this crate writes lines. Those of libraries may contain a header or a body.

use std::{
    error::Error,
    io::{self, Write},
    iter, panic,
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use serde::Serialize;
use serde_with::skip_serializing_none;

use crate::{
    environment::{ConfigError, optional},
    timestamp,
};

/// Severity of a line.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Level {
    #[default]
    Info,
    Warn,
    Error,
}

static LOWEST_LEVEL: OnceLock<Level> = OnceLock::new();

/// A line. A field without a value is left out.
#[skip_serializing_none]
#[derive(Default, Serialize)]
pub(crate) struct Line<'a> {
    pub(crate) timestamp: String,
    pub(crate) level: Level,
    pub(crate) message: &'a str,
    pub(crate) request_id: Option<&'a str>,
    pub(crate) lambda_request_id: Option<&'a str>,
    pub(crate) trace_id: Option<&'a str>,
    pub(crate) version: Option<&'a str>,
    pub(crate) cold: Option<bool>,
    pub(crate) init_ms: Option<f64>,
    pub(crate) method: Option<&'a str>,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<&'a str>,
    pub(crate) decision: Option<&'a str>,
    pub(crate) reason: Option<String>,
    pub(crate) key_id: Option<&'a str>,
    pub(crate) account_id: Option<&'a str>,
    pub(crate) user_id: Option<&'a str>,
    pub(crate) memory_hit: Option<bool>,
    pub(crate) table_attempts: Option<u32>,
    pub(crate) table_ms: Option<f64>,
    pub(crate) cause: Option<String>,
    pub(crate) ms: Option<f64>,
}

/// Reads `AWS_LAMBDA_LOG_LEVEL`, which Lambda sets from the function's logging configuration: the
/// lowest level that is written. Default: `INFO`, also if the level is not one of Lambda's, so that
/// this error can be logged.
pub(crate) fn init() -> Result<(), ConfigError> {
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

/// Logs an error and all of its sources. `request_id` is that of the request, if there is one.
pub(crate) fn error(message: &str, request_id: Option<&str>, error: &dyn Error) {
    write_error(Level::Error, message, request_id, error);
}

/// The same, for an error that a retry may mend.
pub(crate) fn warn(message: &str, request_id: Option<&str>, error: &dyn Error) {
    write_error(Level::Warn, message, request_id, error);
}

/// From now on, logs where a panic happens. Its message is left out, because it may quote a value.
pub(crate) fn panics(request_id: Option<String>) {
    panic::set_hook(Box::new(move |info| {
        let cause = info.location().map(ToString::to_string);
        let request_id = request_id.as_deref();
        Line { level: Level::Error, message: "panic", request_id, cause, ..Line::default() }
            .write();
    }));
}

fn write_error(level: Level, message: &str, request_id: Option<&str>, error: &dyn Error) {
    let cause = Some(error_chain(error));
    Line { level, message, request_id, cause, ..Line::default() }.write();
}

impl Line<'_> {
    /// Writes the line, unless its level is too low.
    pub(crate) fn write(self) {
        if self.level < *LOWEST_LEVEL.get().unwrap_or(&Level::Info) {
            return;
        }
        let line = Line { timestamp: timestamp::milliseconds(SystemTime::now()), ..self };
        let mut text = Vec::with_capacity(1_024);
        let written = serde_json::to_writer(&mut text, &line);
        text.push(b'\n');
        // A line that cannot be written must not fail the request.
        let _ = written.map(|()| io::stdout().write_all(&text));
    }
}

/// Milliseconds with three decimals.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1e3
}

/// An error and all of its sources: `error: source: source of the source`. Of each only the first
/// line is taken, because AWS's error for a bad signature quotes the request's headers below it, and
/// of all together 600 characters.
pub(crate) fn error_chain(error: &dyn Error) -> String {
    let mut last = String::new();
    let mut chain = String::new();
    for error in iter::successors(Some(error), |&error| error.source()) {
        let text = error.to_string();
        let text = text.split(['\n', '\r']).next().unwrap_or_default();
        // Some of AWS's errors quote the message of a response as a literal, with `\n` for a line break.
        let text = text.split("\\n").next().unwrap_or_default();
        // Some errors repeat their source in their own text.
        if !last.ends_with(text) {
            chain.extend([if chain.is_empty() { "" } else { ": " }, text]);
        }
        last = text.to_owned();
    }
    chain.chars().take(600).collect()
}
