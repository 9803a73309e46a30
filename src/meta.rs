//! The `meta` of every response.

use std::time::SystemTime;

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use serde::Serialize;

use crate::api_key::Kind;

const MAX_ID_LENGTH: usize = 128;

/// When a response was made, and to which request.
#[derive(Serialize)]
pub struct Meta {
    /// RFC 3339, UTC, whole seconds.
    pub timestamp: String,
    /// `req_` and the gateway's ID of the request.
    pub request_id: String,
}

impl Meta {
    /// The `meta` of a response that is made now.
    pub fn now(request_id: String) -> Self {
        Self { timestamp: timestamp(SystemTime::now()), request_id }
    }
}

/// `req_` and the first of the gateway's IDs that is a plain token without an API key in it, or
/// Lambda's ID.
///
/// A REST API's extended ID comes first. The access log and the gateway's own responses have it too,
/// and a client cannot choose it, unlike `$context.requestId` (API Gateway's guide, "Access logging for
/// REST APIs").
pub(crate) fn request_id(gateway_ids: [Option<&str>; 2], lambda_request_id: &str) -> String {
    let mut ids = gateway_ids.into_iter().flatten();
    let id = ids.find(|id| is_plain_token(id)).unwrap_or(lambda_request_id);
    ["req_", id].concat()
}

fn is_plain_token(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=+/".contains(&byte);
    let has_key = || [Kind::Live, Kind::Test].iter().any(|kind| id.contains(kind.prefix()));
    (1..=MAX_ID_LENGTH).contains(&id.len()) && id.bytes().all(is_plain) && !has_key()
}

/// RFC 3339, UTC, whole seconds.
#[expect(clippy::expect_used, reason = "the clock is in the years 1 to 9999")]
pub(crate) fn timestamp(now: SystemTime) -> String {
    let whole_seconds = DateTime::from_secs(DateTime::from(now).secs());
    whole_seconds.fmt(DateTimeFormat::DateTime).expect("a time as text")
}
