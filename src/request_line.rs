//! The one line that the log has for each request.

use std::time::{Duration, Instant};

use lambda_runtime::Context;
use serde::Serialize;

use crate::{
    dynamodb::TableUse,
    log::{self, Level, milliseconds},
};

/// The longest trace ID that is logged: a client can set it.
const MAX_TRACE_ID_LENGTH: usize = 128;

/// The fields of the line, which `docs/logging.md` describes. A field without a value is left out.
#[derive(Default, Serialize)]
pub(crate) struct RequestLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extended_request_id: Option<&'a str>,
    lambda_request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    version: &'a str,
    cold: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    init_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decision: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory_hit: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table_attempts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cause: Option<String>,
    ms: f64,
}

impl<'a> RequestLine<'a> {
    /// A line for an invocation. `init` is the duration of the init phase, for the first one.
    pub(crate) fn new(context: &'a Context, init: Option<Duration>) -> Self {
        let trace_id = context.xray_trace_id.as_deref();
        Self {
            lambda_request_id: &context.request_id,
            trace_id: trace_id.filter(|id| id.len() <= MAX_TRACE_ID_LENGTH),
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
