//! The figures as Markdown tables, and as JSON.

use std::fs;

use comfy_table::{Table, presets::ASCII_MARKDOWN};
use serde_json::json;

use crate::{
    cost,
    growth::Growth,
    instructions::Count,
    soak::{Findings, Wrong},
    timing::{Samples, Times},
};

/// Medians and percentiles, in milliseconds where nothing else is said.
pub(crate) fn times(all: &[Times]) -> String {
    let mut table = markdown(&[
        "bootstrap",
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
            let is_it = |it: &&Times| it.name == to && it.memory_mb == times.memory_mb;
            let other = all.iter().find(is_it).filter(|_| times.is_comparable);
            other.map_or_else(String::new, |other| {
                format!("{:.2}", of(times).median() / of(other).median())
            })
        };
        let size = times.size_mib.map_or_else(String::new, |size| format!("{size:.2}"));
        table.add_row([
            times.name.clone(),
            times.memory_mb.map_or_else(|| "no limit".to_owned(), |size| size.to_string()),
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
            size,
        ]);
    }
    table.to_string()
}

/// What a million invocations cost, of those that had a memory size.
pub(crate) fn costs(all: &[Times]) -> String {
    let mut table =
        markdown(&["bootstrap", "memory MB", "GB-s, cold", "$, cold", "GB-s, warm", "$, warm"]);
    for times in all {
        let Some(megabytes) = times.memory_mb else { continue };
        let cold = cost::of_a_million(&times.cold, megabytes);
        let warm = cost::of_a_million(&times.warm, megabytes);
        table.add_row([
            times.name.clone(),
            megabytes.to_string(),
            format!("{:.0}", cold.gb_seconds),
            format!("{:.2}", cold.dollars),
            format!("{:.0}", warm.gb_seconds),
            format!("{:.2}", warm.dollars),
        ]);
    }
    table.to_string()
}

/// Every sample, and the machine that they are of.
pub(crate) fn json(all: &[Times]) -> String {
    let value = json!({ "machine": machine(), "results": all });
    format!("{value:#}\n")
}

/// The processor, as the system names it.
pub(crate) fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name\t: "));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores of {} {}", std::env::consts::ARCH, name.unwrap_or("unknown"))
}

/// Counts of instructions.
pub(crate) fn instructions(all: &[Count]) -> String {
    let mut table = markdown(&["function", "cold, TLS", "warm, plain HTTP", "size, bytes"]);
    for count in all {
        table.add_row([
            count.function.clone(),
            count.cold.to_string(),
            count.warm.to_string(),
            count.size.to_string(),
        ]);
    }
    table.to_string()
}

/// Resident memory, early and late.
pub(crate) fn growth(all: &[Growth]) -> String {
    let mut table = markdown(&["function", "KiB after 1,000 invocations", "KiB after all"]);
    for Growth { name, early, late } in all {
        table.add_row([name.clone(), early.to_string(), late.to_string()]);
    }
    table.to_string()
}

/// What a soak found: counts, faults, and the memory and files of the observed processes.
pub(crate) fn soak(found: &Findings) -> String {
    let wrong = |wrong| found.tally.wrong.get(&wrong).copied().unwrap_or_default();
    let mut counts = markdown(&["what", "count"]);
    for (what, count) in [
        ("requests", found.tally.requests),
        ("requests that no fault can have changed", found.tally.undisturbed),
        ("500 and 503 because of a fault", found.tally.failed),
        ("execution environments", found.environments as u64),
        ("faults", found.faults.values().sum()),
        ("wrong responses", wrong(Wrong::Response)),
        ("responses without envelope", wrong(Wrong::NoEnvelope)),
        ("responses with somebody else's user", wrong(Wrong::OtherUser)),
        ("functions that failed by themselves", found.broken.len() as u64),
        ("leaked processes", found.leaked_processes as u64),
        ("leaked files and connections", found.leaked_files as u64),
    ] {
        counts.add_row([what.to_owned(), count.to_string()]);
    }
    let mut faults = markdown(&["fault", "count"]);
    for (fault, count) in &found.faults {
        faults.add_row([(*fault).to_owned(), count.to_string()]);
    }
    let mut levels =
        markdown(&["function", "KiB early", "KiB late", "open files early", "open files late"]);
    for (early, late) in found.early.iter().zip(&found.late) {
        levels.add_row([
            early.function.to_owned(),
            early.memory.to_string(),
            late.memory.to_string(),
            early.files.to_string(),
            late.files.to_string(),
        ]);
    }
    format!("{counts}\n\n{faults}\n\n{levels}")
}

fn markdown(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(header.to_vec());
    table
}
