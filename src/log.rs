//! The log: JSON lines on standard output, where Lambda reads them (`docs/logging.md`).
//!
//! Only this crate writes lines. Those of libraries may contain a header or a body.

use std::{
    cell::RefCell,
    error::Error,
    io::{self, Write},
    iter,
    panic::PanicHookInfo,
    sync::OnceLock,
    time::{Duration, Instant, SystemTime},
};

use aws_sdk_dynamodb::primitives::DateTime;
use lambda_runtime::Context;
use serde::Serialize;
use serde_with::skip_serializing_none;

use crate::{
    environment::{ConfigError, optional},
    meta,
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

thread_local! {
    /// A function serves one request at a time, on one thread.
    static REQUEST_ID: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A line. A field without a value is left out.
#[skip_serializing_none]
#[derive(Default, Serialize)]
pub(crate) struct Line<'a> {
    timestamp: String,
    level: Level,
    message: &'a str,
    request_id: Option<&'a str>,
    lambda_request_id: Option<&'a str>,
    trace_id: Option<&'a str>,
    version: Option<&'a str>,
    cold: Option<bool>,
    init_ms: Option<f64>,
    pub(crate) method: Option<&'a str>,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<&'a str>,
    pub(crate) decision: Option<&'a str>,
    pub(crate) reason: Option<String>,
    pub(crate) key_id: Option<&'a str>,
    pub(crate) account_id: Option<&'a str>,
    pub(crate) user_id: Option<&'a str>,
    pub(crate) memory_hit: Option<bool>,
    table_attempts: Option<u32>,
    table_ms: Option<f64>,
    pub(crate) cause: Option<String>,
    ms: Option<f64>,
}

/// What one read of a table took.
#[derive(Clone, Copy)]
pub(crate) struct TableUse {
    pub(crate) attempts: u32,
    /// All attempts and the delays between them.
    pub(crate) duration: Duration,
}

/// Reads `AWS_LAMBDA_LOG_LEVEL`, which Lambda sets from the function's logging configuration: the
/// lowest level that is written. Default: `INFO`, also if the level is not one of Lambda's, so that
/// this error can be logged.
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
    Line { level, message, cause: Some(error_chain(error)), ..Line::default() }.write();
}

/// Logs where a panic happened. Its message is left out, because it may quote a value.
pub(crate) fn panic(info: &PanicHookInfo<'_>) {
    let cause = info.location().map(ToString::to_string);
    Line { level: Level::Error, message: "panic", cause, ..Line::default() }.write();
}

impl<'a> Line<'a> {
    /// The one line about the request of an invocation. `init` is the duration of the init phase,
    /// for the first request.
    pub(crate) fn request(context: &'a Context, init: Option<Duration>) -> Self {
        Self {
            message: "request",
            lambda_request_id: Some(&context.request_id),
            trace_id: context.xray_trace_id.as_deref().filter(|id| is_trace_id(id)),
            version: Some(&context.env_config.version),
            cold: Some(init.is_some()),
            init_ms: init.map(milliseconds),
            ..Self::default()
        }
    }

    /// Writes the line of a request that arrived at `started`.
    pub(crate) fn finish(mut self, level: Level, table: Option<TableUse>, started: Instant) {
        self.level = level;
        self.table_attempts = table.map(|table| table.attempts);
        self.table_ms = table.map(|table| milliseconds(table.duration));
        self.ms = Some(milliseconds(started.elapsed()));
        self.write();
    }

    fn write(self) {
        if self.level < *LOWEST_LEVEL.get().unwrap_or(&Level::Info) {
            return;
        }
        let mut text = Vec::with_capacity(1_024);
        let written = REQUEST_ID.with_borrow(|request_id| {
            let timestamp = timestamp(SystemTime::now());
            let line = Line { timestamp, request_id: request_id.as_deref(), ..self };
            serde_json::to_writer(&mut text, &line)
        });
        text.push(b'\n');
        // A line that cannot be written must not fail the request.
        let _ = written.map(|()| io::stdout().write_all(&text));
    }
}

/// Milliseconds with three decimals.
fn milliseconds(duration: Duration) -> f64 {
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
        let text = text.split("\\n").next().unwrap_or_default();
        // Some errors repeat their source in their own text.
        if !last.ends_with(text) {
            chain.extend([if chain.is_empty() { "" } else { ": " }, text]);
        }
        last = text.to_owned();
    }
    chain.chars().take(600).collect()
}

/// RFC 3339 with milliseconds.
fn timestamp(now: SystemTime) -> String {
    let mut text = meta::timestamp(now);
    let milliseconds = DateTime::from(now).subsec_nanos() / 1_000_000;
    text.insert_str(text.len().saturating_sub(1), &format!(".{milliseconds:03}"));
    text
}

/// Whether the text has the form of X-Ray's trace header. A client can send any text.
fn is_trace_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-=;:|".contains(&byte);
    text.starts_with("Root=1-") && text.len() <= 128 && text.bytes().all(is_plain)
}
