//! Why an invocation has no response.

use std::{io, process::ExitStatus, time::Duration};

use serde_json::Value;

/// Longer than the functions take in the worst case, shorter than the gateway waits (29 s).
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// Lambda's limit (Lambda's guide, "Lambda quotas": 6 MB for a request).
pub(crate) const MAX_EVENT_BYTES: usize = 6 * 1024 * 1024;

/// Why an invocation has no response. The function's name belongs before each text.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The binary cannot be run.
    #[error("cannot be run: {0}")]
    Start(#[from] io::Error),
    /// The function takes no events any more.
    #[error("is stopped")]
    Stopped,
    /// The event is longer than Lambda's events can be.
    #[error("cannot get an event of over 6 MB")]
    TooLarge,
    /// The process ended.
    #[error("ended ({0}) before it responded")]
    Ended(ExitStatus),
    /// The process did not respond in time, and was ended.
    #[error("did not respond within {TIMEOUT:?}")]
    TimedOut,
    /// The function reported an error.
    #[error("reported an error")]
    Reported {
        /// Its report, with `errorType` and `errorMessage`.
        report: Value,
    },
    /// The response is not JSON.
    #[error("did not respond with JSON")]
    NotJson,
}
