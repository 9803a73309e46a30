//! The summary at the end: requests by status, their times, and cold starts.

use std::{collections::BTreeMap, fmt, time::Duration};

use comfy_table::{CellAlignment, Table, presets};

/// The times of all requests, by status.
#[derive(Default)]
pub(crate) struct Summary {
    by_status: BTreeMap<u16, Vec<Duration>>,
    pub(crate) cold_starts: usize,
}

impl Summary {
    /// Adds one request.
    pub(crate) fn add(&mut self, status: u16, elapsed: Duration) {
        self.by_status.entry(status).or_default().push(elapsed);
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.by_status.is_empty() {
            return f.write_str("no requests");
        }
        let mut table = Table::new();
        table.load_preset(presets::NOTHING);
        table.set_header(["status", "requests", "p50 ms", "p99 ms"]);
        for column in table.column_iter_mut() {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for (status, times) in &self.by_status {
            table.add_row(row(status.to_string(), times.clone()));
        }
        table.add_row(row("all".to_owned(), self.by_status.values().flatten().copied().collect()));
        writeln!(f, "{table}\ncold starts {}", self.cold_starts)
    }
}

fn row(name: String, mut times: Vec<Duration>) -> [String; 4] {
    times.sort_unstable();
    let percentile = |percent| format!("{:.1}", 1e3 * percentile(&times, percent).as_secs_f64());
    [name, times.len().to_string(), percentile(50), percentile(99)]
}

/// The shortest time that this share of the times does not exceed (the nearest rank).
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let milliseconds = |range: std::ops::RangeInclusive<u64>| {
            range.map(Duration::from_millis).collect::<Vec<_>>()
        };
        assert_eq!(percentile(&milliseconds(1..=1), 50), Duration::from_millis(1));
        assert_eq!(percentile(&milliseconds(1..=1), 99), Duration::from_millis(1));
        assert_eq!(percentile(&milliseconds(1..=4), 50), Duration::from_millis(2));
        assert_eq!(percentile(&milliseconds(1..=1000), 50), Duration::from_millis(500));
        assert_eq!(percentile(&milliseconds(1..=1000), 99), Duration::from_millis(990));
    }
}
