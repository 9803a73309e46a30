//! The one line that the log has for each request.

use std::time::{Duration, Instant};

use lambda_runtime::Context;
use serde::Serialize;
use serde_with::skip_serializing_none;

use crate::{
    dynamodb::TableUse,
    log::{self, Level, milliseconds},
};

/// The fields of the line, which `docs/logging.md` describes. A field without a value is left out.
#[skip_serializing_none]
#[derive(Default, Serialize)]
pub(crate) struct RequestLine<'a> {
    pub(crate) extended_request_id: Option<&'a str>,
    lambda_request_id: &'a str,
    trace_id: Option<&'a str>,
    version: &'a str,
    cold: bool,
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
    ms: f64,
}

impl<'a> RequestLine<'a> {
    /// A line for an invocation. `init` is the duration of the init phase, for the first one.
    pub(crate) fn new(context: &'a Context, init: Option<Duration>) -> Self {
        let trace_id = context.xray_trace_id.as_deref();
        Self {
            lambda_request_id: &context.request_id,
            trace_id: trace_id.filter(|id| is_trace_id(id)),
            version: &context.env_config.version,
            cold: init.is_some(),
            init_ms: init.map(milliseconds),
            ..Self::default()
        }
    }

    /// Writes the line for a request that arrived at `started`.
    pub(crate) fn write(self, level: Level, table: Option<TableUse>, started: Instant) {
        let line = Self {
            table_attempts: table.map(|table| table.attempts),
            table_ms: table.map(|table| milliseconds(table.duration)),
            ms: milliseconds(started.elapsed()),
            ..self
        };
        log::write(level, "request", &line);
    }
}

/// Whether the text has the form of X-Ray's trace header. A client can send any text.
fn is_trace_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-=;:|".contains(&byte);
    text.starts_with("Root=1-") && text.len() <= 128 && text.bytes().all(is_plain)
}
