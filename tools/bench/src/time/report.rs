//! The figures as Markdown tables.

use std::{env::consts::ARCH, fs, thread};

use super::samples::{Samples, Times};
use crate::markdown;

// Lambda's pricing page: us-east-1, without the free tier. A GB-second is a fifth less on arm64.
const DOLLARS_PER_MILLION_REQUESTS: f64 = 0.20;
const DOLLARS_PER_GB_SECOND_X86_64: f64 = 0.000_016_666_7;

/// Medians and percentiles, in milliseconds where nothing else is said.
pub(super) fn times(all: &[Times]) -> String {
    let mut table = markdown(&[
        "program",
        "memory MB",
        "init",
        "first response",
        "cold",
        "× naive",
        "× floor",
        "warm p50",
        "warm p90",
        "warm p99",
        "CPU µs, warm",
        "× naive",
        "RSS MiB",
        "size MiB",
    ]);
    for times in all {
        let ratio = |to: &str, of: fn(&Times) -> &Samples| {
            let is_it = |it: &&Times| it.name == to && it.megabytes == times.megabytes;
            let other = all.iter().find(is_it).filter(|_| times.is_comparable);
            let ratio = other.map(|other| of(times).median() / of(other).median());
            ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"))
        };
        let mib = |bytes| bytes as f64 / f64::from(1 << 20);
        table.add_row([
            times.name.clone(),
            times.megabytes.map_or_else(|| "no limit".to_owned(), |size| size.to_string()),
            format!("{:.2}", times.init.median()),
            format!("{:.2}", times.first.median()),
            format!("{:.2}", times.cold.median()),
            ratio("naive", |times| &times.cold),
            ratio("floor", |times| &times.cold),
            format!("{:.2}", times.warm.median()),
            format!("{:.2}", times.warm.percentile(90.0)),
            format!("{:.2}", times.warm.percentile(99.0)),
            format!("{:.0}", times.processor.median() * 1e3),
            ratio("naive", |times| &times.processor),
            format!("{:.1}", times.resident_mib.median()),
            times.size.map_or_else(String::new, |bytes: u64| format!("{:.2}", mib(bytes))),
        ]);
    }
    table.to_string()
}

/// What a million invocations cost, of those that had a memory size. Each invocation is rounded up to
/// whole milliseconds; of a cold one the init phase is billed as well.
pub(super) fn costs(all: &[Times]) -> String {
    let mut table =
        markdown(&["program", "memory MB", "GB-s, cold", "$, cold", "GB-s, warm", "$, warm"]);
    for times in all {
        let Some(megabytes) = times.megabytes else { continue };
        let mut row = vec![times.name.clone(), megabytes.to_string()];
        for samples in [&times.cold, &times.warm] {
            let gb_seconds = samples.mean(f64::ceil) / 1e3 * megabytes as f64 / 1024.0 * 1e6;
            let dollars = gb_seconds * DOLLARS_PER_GB_SECOND_X86_64 + DOLLARS_PER_MILLION_REQUESTS;
            row.extend([format!("{gb_seconds:.0}"), format!("{dollars:.2}")]);
        }
        table.add_row(row);
    }
    table.to_string()
}

/// The processor, as the system names it.
pub(super) fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name\t: "));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores of {ARCH} {}", name.unwrap_or("unknown"))
}
