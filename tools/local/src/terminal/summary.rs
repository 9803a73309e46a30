//! The summary at the end: requests by status, their times, and cold starts.

use std::{collections::BTreeMap, fmt, time::Duration};

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
        writeln!(f, "status  requests  p50 ms  p99 ms")?;
        for (status, times) in &self.by_status {
            row(f, &status.to_string(), times.clone())?;
        }
        row(f, "all", self.by_status.values().flatten().copied().collect())?;
        write!(f, "cold starts {}", self.cold_starts)
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, mut times: Vec<Duration>) -> fmt::Result {
    times.sort_unstable();
    let [p50, p99] = [50, 99].map(|percent| 1e3 * percentile(&times, percent).as_secs_f64());
    writeln!(f, "{name:>6}  {:>8}  {p50:>6.1}  {p99:>6.1}", times.len())
}

/// The shortest time that this share of the times does not exceed (the nearest rank).
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}
