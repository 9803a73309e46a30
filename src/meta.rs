//! The `meta` of every response.

use std::time::SystemTime;

use serde::Serialize;

use crate::timestamp;

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
        Self { timestamp: timestamp::seconds(SystemTime::now()), request_id }
    }
}
