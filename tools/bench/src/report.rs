//! The figures as Markdown tables.

use std::time::Duration;

use comfy_table::{Table, presets::ASCII_MARKDOWN};

use crate::{instructions::Count, timing::Times};

/// Medians and percentiles, in milliseconds where nothing else is said.
pub(crate) fn times(all: &[Times]) -> String {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header([
        "function",
        "init",
        "first answer",
        "cold",
        "warm p50",
        "warm p90",
        "warm p99",
        "CPU µs",
        "RSS MiB",
        "size MiB",
    ]);
    for times in all {
        let ms = |duration: Duration| format!("{:.2}", duration.as_secs_f64() * 1e3);
        let (init, first) = (percentile(&times.init, 50), percentile(&times.first, 50));
        let micros = percentile(&times.processor, 50).as_secs_f64() * 1e6;
        let memory = percentile(&times.memory, 50) as f64 / 1024.0;
        table.add_row([
            times.function.to_owned(),
            ms(init),
            ms(first),
            ms(init + first),
            ms(percentile(&times.warm, 50)),
            ms(percentile(&times.warm, 90)),
            ms(percentile(&times.warm, 99)),
            format!("{micros:.0}"),
            format!("{memory:.1}"),
            mebibytes(times.size),
        ]);
    }
    table.to_string()
}

/// Counts of instructions.
pub(crate) fn instructions(all: &[Count]) -> String {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header([
        "function",
        "cold, instructions",
        "warm, instructions",
        "size MiB",
    ]);
    for count in all {
        table.add_row([
            count.function.to_owned(),
            count.cold.to_string(),
            count.warm.to_string(),
            mebibytes(count.size),
        ]);
    }
    table.to_string()
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.2}", bytes as f64 / f64::from(1 << 20))
}

fn percentile<T: Copy + Ord + Default>(values: &[T], percent: usize) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or_default()
}
