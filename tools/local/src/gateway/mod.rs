//! The gateway: the features of an API Gateway REST API that `openapi.yaml` uses.

pub(crate) mod definition;
pub(crate) mod fail;
mod gateway_response;
mod handler;
mod policy;
mod proxy_event;
mod proxy_response;
pub(crate) mod server;

use std::{sync::Arc, time::Duration};

use crate::lambda::function_log::RequestLine;

pub(crate) use self::handler::{Gateway, MAX_BODY_BYTES, handle};

/// Gets a record of every request.
pub(crate) type OnRequest = Arc<dyn Fn(&RequestRecord) + Send + Sync>;

/// One line of the request log.
#[derive(Default)]
pub struct RequestRecord {
    /// The request's method.
    pub method: String,
    /// The request's path, as the client sent it.
    pub path: String,
    /// The response's status.
    pub status: u16,
    /// The ID of the request's key, if the key was issued.
    pub key_id: Option<String>,
    /// Why the request was denied, or why it failed.
    pub reason: Option<String>,
    /// The time until the response.
    pub elapsed: Duration,
    /// The function's line about the request, if it says more about the response.
    pub(crate) line: Option<RequestLine>,
}
