//! What Lambda bills (Lambda's pricing page, us-east-1, without the free tier).

const DOLLARS_PER_REQUEST: f64 = 0.20 / 1e6;
const DOLLARS_PER_GB_SECOND_X86_64: f64 = 0.000_016_666_7;
const DOLLARS_PER_GB_SECOND_ARM64: f64 = 0.000_013_333_4;

/// The bill of a million invocations.
pub(crate) struct Bill {
    pub(crate) gb_seconds: f64,
    pub(crate) dollars_x86_64: f64,
    pub(crate) dollars_arm64: f64,
}

/// Of a million invocations that last so long. Each is rounded up to whole milliseconds; of a
/// cold one the init phase is billed as well.
pub(crate) fn of_a_million(milliseconds: f64, megabytes: u64) -> Bill {
    let gb_seconds = milliseconds.ceil() / 1e3 * megabytes as f64 / 1024.0 * 1e6;
    let dollars = |per_gb_second| gb_seconds * per_gb_second + DOLLARS_PER_REQUEST * 1e6;
    Bill {
        gb_seconds,
        dollars_x86_64: dollars(DOLLARS_PER_GB_SECOND_X86_64),
        dollars_arm64: dollars(DOLLARS_PER_GB_SECOND_ARM64),
    }
}
