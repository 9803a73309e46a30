//! The `meta` of every response.

use std::time::SystemTime;

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use serde::Serialize;

const MAX_ID_LENGTH: usize = 128;

/// When a response was made, and to which request.
#[derive(Serialize)]
pub struct Meta {
    /// RFC 3339, UTC, whole seconds.
    pub timestamp: String,
    /// `req_` and the gateway's request ID.
    pub request_id: String,
}

impl Meta {
    /// The `meta` of a response that is made now.
    pub fn now(request_id: String) -> Self {
        Self { timestamp: timestamp(SystemTime::now()), request_id }
    }
}

/// `req_` and the gateway's request ID. A client can set that ID (API Gateway's guide,
/// `$context.requestId`), so Lambda's own ID replaces one that is not a plain token.
pub fn request_id(gateway_request_id: Option<&str>, lambda_request_id: &str) -> String {
    let id = gateway_request_id.filter(|id| is_plain_token(id)).unwrap_or(lambda_request_id);
    ["req_", id].concat()
}

fn is_plain_token(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=+/".contains(&byte);
    // A client that sends its API key as the ID must not find it in the log.
    (1..=MAX_ID_LENGTH).contains(&id.len()) && id.bytes().all(is_plain) && !id.starts_with("crd_")
}

/// RFC 3339, UTC, whole seconds.
#[expect(clippy::expect_used, reason = "the clock is in the years 1 to 9999")]
pub(crate) fn timestamp(now: SystemTime) -> String {
    let whole_seconds = DateTime::from_secs(DateTime::from(now).secs());
    whole_seconds.fmt(DateTimeFormat::DateTime).expect("a time as text")
}
