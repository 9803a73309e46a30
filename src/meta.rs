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
    (1..=MAX_ID_LENGTH).contains(&id.len()) && id.bytes().all(is_plain)
}

fn timestamp(now: SystemTime) -> String {
    let whole_seconds = DateTime::from_secs(DateTime::from(now).secs());
    // Never an error in the years 1 to 9999.
    whole_seconds.fmt(DateTimeFormat::DateTime).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_timestamp_has_whole_seconds_in_utc() {
        let time = UNIX_EPOCH + Duration::from_millis(1_705_314_600_999);
        assert_eq!(timestamp(time), "2024-01-15T10:30:00Z");
    }

    #[test]
    fn an_id_that_could_break_a_header_is_replaced() {
        let id = |gateway| request_id(gateway, "lambda");
        assert_eq!(id(Some("c6af9ac6-7b61-11e6-9a41")), "req_c6af9ac6-7b61-11e6-9a41");
        assert_eq!(id(Some("JKJaXmPLvHcESHA=")), "req_JKJaXmPLvHcESHA=");
        for odd in [None, Some(""), Some("a b"), Some("a\r\nX: y"), Some("é"), Some("\"")] {
            assert_eq!(id(odd), "req_lambda");
        }
    }
}
