//! `--fail`: a share of the requests fails, to test a client's retries.

use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::gateway_response::Kind;

/// Which requests fail, and with which gateway response: `STATUS`, or `STATUS:SHARE`.
#[derive(Clone)]
pub struct Fail {
    /// For the request log.
    pub(crate) reason: String,
    kind: Kind,
    /// From 0 to 1.
    share: f64,
    requests: Arc<AtomicU64>,
}

impl FromStr for Fail {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (status, share) = text.split_once(':').unwrap_or((text, "1"));
        let kind = match status {
            "429" => Kind::THROTTLED,
            "500" => Kind::DEFAULT_5XX,
            "503" => Kind::INTEGRATION_FAILURE,
            _ => return Err("the status must be 429, 500 or 503"),
        };
        let share = share.parse().ok().filter(|share| (0.0..=1.0).contains(share));
        let share = share.ok_or("the share must be a number from 0 to 1, such as 503:0.2")?;
        Ok(Self { reason: format!("--fail {text}"), kind, share, requests: Arc::default() })
    }
}

impl Fail {
    /// The gateway response to the next request, if that request fails. The requests that fail are
    /// spread evenly: with a share of 0.2 it is every fifth one.
    pub(crate) fn next(&self) -> Option<Kind> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let failures = |requests: u64| (requests as f64 * self.share).floor();
        (failures(number + 1) > failures(number)).then_some(self.kind)
    }
}
