//! Scopes, durations and times.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// 1000 years of 365.25 days, so that every time is before the year 9999, where RFC 3339 ends.
const MAX_DURATION: Duration = Duration::from_secs(1000 * 31_557_600);

pub(crate) fn scope(text: &str) -> Result<String, &'static str> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    if !text.is_empty() && is_plain {
        Ok(text.to_owned())
    } else {
        Err("a scope has visible ASCII characters and no comma; repeat --scope for more scopes")
    }
}

/// A duration with its units.
pub(crate) fn duration(text: &str) -> Result<Duration, &'static str> {
    match humantime::parse_duration(text) {
        Err(_) => Err("must be numbers with units, such as 30s, 12h or 90d"),
        Ok(duration) if duration > MAX_DURATION => Err("must be at most 1000 years"),
        Ok(duration) => Ok(duration),
    }
}

/// A duration of at least a second.
pub(crate) fn lifetime(text: &str) -> Result<Duration, &'static str> {
    match duration(text)? {
        lifetime if lifetime < Duration::from_secs(1) => Err("must be at least 1s"),
        lifetime => Ok(lifetime),
    }
}

/// The end of a lifetime that begins now, in seconds since 1970.
pub(crate) fn end_of(lifetime: Duration) -> u64 {
    seconds(SystemTime::now() + lifetime)
}

/// A time after now, in seconds since 1970.
pub(crate) fn future_time(text: &str) -> Result<u64, &'static str> {
    match humantime::parse_rfc3339(text) {
        Err(_) => Err("must be a time in UTC, such as 2030-01-31T00:00:00Z"),
        Ok(time) if time <= SystemTime::now() => Err("must be in the future"),
        Ok(time) => Ok(seconds(time)),
    }
}

/// The current time in seconds since 1970.
pub(crate) fn now() -> u64 {
    seconds(SystemTime::now())
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// A time up to the year 9999 as text.
pub(crate) fn rfc3339(seconds: u64) -> String {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}
