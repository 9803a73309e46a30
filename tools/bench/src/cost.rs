//! What Lambda bills (Lambda's pricing page, us-east-1, without the free tier).

use crate::timing::Samples;

const DOLLARS_PER_MILLION_REQUESTS: f64 = 0.20;
/// A fifth less on arm64.
const DOLLARS_PER_GB_SECOND_X86_64: f64 = 0.000_016_666_7;

/// The bill of a million invocations.
pub(crate) struct Bill {
    pub(crate) gb_seconds: f64,
    pub(crate) dollars: f64,
}

/// Of a million invocations like these. Each is rounded up to whole milliseconds; of a cold one the
/// init phase is billed as well.
pub(crate) fn of_a_million(samples: &Samples, megabytes: u64) -> Bill {
    let gb_seconds = samples.mean(f64::ceil) / 1e3 * megabytes as f64 / 1024.0 * 1e6;
    let dollars = gb_seconds * DOLLARS_PER_GB_SECOND_X86_64 + DOLLARS_PER_MILLION_REQUESTS;
    Bill { gb_seconds, dollars }
}
