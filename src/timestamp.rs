//! Times as text: RFC 3339, in UTC.

use std::time::SystemTime;

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};

/// With whole seconds: `2024-01-15T10:30:00Z`.
#[expect(clippy::expect_used, reason = "the clock is in the years 1 to 9999")]
pub(crate) fn seconds(now: SystemTime) -> String {
    let whole_seconds = DateTime::from_secs(DateTime::from(now).secs());
    whole_seconds.fmt(DateTimeFormat::DateTime).expect("a time as text")
}

/// With milliseconds: `2024-01-15T10:30:00.000Z`.
pub(crate) fn milliseconds(now: SystemTime) -> String {
    let seconds = seconds(now);
    let milliseconds = DateTime::from(now).subsec_nanos() / 1_000_000;
    format!("{}.{milliseconds:03}Z", seconds.trim_end_matches('Z'))
}
