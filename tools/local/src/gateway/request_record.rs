//! What the request log says about a request.

use std::time::Duration;

/// One line of the request log.
pub struct RequestRecord {
    /// The request's method.
    pub method: String,
    /// The request's path, as the client sent it.
    pub path: String,
    /// The response's status.
    pub status: u16,
    /// The ID of the request's key, if the key was issued.
    pub key_id: Option<String>,
    /// Why the authorizer denied the request, if it did.
    pub reason: Option<String>,
    /// The time until the response.
    pub elapsed: Duration,
}
