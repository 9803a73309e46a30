//! Why an invocation has no response.

use std::{process::ExitStatus, time::Duration};

use serde_json::Value;

/// Longer than the functions take in the worst case, shorter than the gateway waits (29 s).
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// Lambda's limit (Lambda's guide, "Lambda quotas": 6 MB for a request).
pub(crate) const MAX_EVENT_BYTES: usize = 6 * 1024 * 1024;

/// Why an invocation has no response.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The binary cannot be run.
    #[error("{name} cannot be run: {source}")]
    Start {
        /// The function's name.
        name: String,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The function was stopped.
    #[error("{0} is stopped")]
    Stopped(String),
    /// The event is longer than Lambda's events can be.
    #[error("the event for {0} has over 6 MB")]
    TooLarge(String),
    /// The process ended before it responded.
    #[error("{0} ended ({1}) before it responded")]
    Ended(String, ExitStatus),
    /// The process did not respond in time, and was ended.
    #[error("{0} did not respond within {TIMEOUT:?}")]
    TimedOut(String),
    /// The function reported an error.
    #[error("{name} reported an error")]
    Reported {
        /// The function's name.
        name: String,
        /// Its report, with `errorType` and `errorMessage`.
        report: Value,
    },
    /// The response is not JSON.
    #[error("the response of {0} is not JSON")]
    NotJson(String),
}
