//! One invocation of a function, from the arrival of its event on.

use std::time::{Duration, Instant};

use lambda_runtime::{Context, LambdaEvent};
use serde_json::value::RawValue;

use crate::{
    api_key::Kind,
    dynamodb::TableUse,
    gateway_event::{GatewayEvent, InvalidEvent, RequestContext, parse},
    log::{self, Line, milliseconds},
};

const MAX_ID_LENGTH: usize = 128;
/// What every request's ID starts with.
const PREFIX: &str = "req_";

/// An invocation whose event was read.
pub(crate) struct Invocation<E> {
    pub(crate) event: E,
    /// `req_` and the gateway's ID of the request.
    pub(crate) request_id: String,
    context: Context,
    arrived: Instant,
    /// The duration of the init phase, if this is the first invocation of the process.
    init: Option<Duration>,
}

impl<E: GatewayEvent> Invocation<E> {
    /// Reads an event that arrives now, and logs an error.
    pub(crate) fn read(
        LambdaEvent { payload, context }: LambdaEvent<Box<RawValue>>,
        init: Option<Duration>,
    ) -> Result<Self, InvalidEvent> {
        let arrived = Instant::now();
        let event: E = parse(payload.get()).inspect_err(|error| {
            let request_id = request_id(&RequestContext::default(), &context.request_id);
            log::error("invalid event", Some(&request_id), error);
        })?;
        let request_id = request_id(event.request_context(), &context.request_id);
        log::panics(Some(request_id.clone()));
        Ok(Self { event, request_id, context, arrived, init })
    }

    /// The request's ID, if the event had no usable one of the gateway's.
    pub(crate) fn request_id_without_gateway(&self) -> Option<String> {
        let is_own = self.request_id.strip_prefix(PREFIX) == Some(&self.context.request_id);
        is_own.then(|| self.request_id.clone())
    }

    /// Takes the ID under which another function logged this request, unless it is not a plain token.
    pub(crate) fn take_request_id(&mut self, id: &str) {
        if id.strip_prefix(PREFIX).is_some_and(is_plain_token) {
            self.request_id = id.to_owned();
            log::panics(Some(id.to_owned()));
        }
    }

    /// The line about the request, without its outcome.
    pub(crate) fn line(&self) -> Line<'_> {
        let Self { event, request_id, context, init, .. } = self;
        Line {
            message: "request",
            request_id: Some(request_id),
            lambda_request_id: Some(&context.request_id),
            trace_id: context.xray_trace_id.as_deref().filter(|id| is_trace_id(id)),
            version: Some(&context.env_config.version),
            cold: Some(init.is_some()),
            init_ms: init.map(milliseconds),
            method: event.method(),
            ..Line::default()
        }
    }

    /// Writes the line at the end of the request. `table` is the read of a table, if there was one. A
    /// panic after it is not one of this request.
    pub(crate) fn log(&self, line: Line<'_>, table: Option<TableUse>) {
        let line = Line {
            table_attempts: table.map(|table| table.attempts),
            table_ms: table.map(|table| milliseconds(table.duration)),
            ms: Some(milliseconds(self.arrived.elapsed())),
            ..line
        };
        line.write();
        log::panics(None);
    }
}

/// `req_` and the first of the gateway's IDs that is a plain token without an API key in it, or
/// Lambda's ID.
fn request_id(gateway: &RequestContext, lambda_request_id: &str) -> String {
    let id = gateway.ids().find(|id| is_plain_token(id)).unwrap_or(lambda_request_id);
    [PREFIX, id].concat()
}

fn is_plain_token(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=+/".contains(&byte);
    let has_key = || [Kind::Live, Kind::Test].iter().any(|kind| id.contains(kind.prefix()));
    (1..=MAX_ID_LENGTH).contains(&id.len()) && id.bytes().all(is_plain) && !has_key()
}

/// Whether the text has the form of X-Ray's trace header. A client can send any text.
fn is_trace_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-=;:|".contains(&byte);
    text.starts_with("Root=1-") && text.len() <= 128 && text.bytes().all(is_plain)
}
