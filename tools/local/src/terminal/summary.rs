//! The summary at the end: requests by status, their times, and cold starts.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use credira_local::gateway::RequestRecord;

/// The times of all requests, by status.
#[derive(Default)]
pub(crate) struct Summary(Mutex<BTreeMap<u16, Vec<Duration>>>);

impl Summary {
    /// Adds one request.
    pub(crate) fn add(&self, request: &RequestRecord) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        times.entry(request.status).or_default().push(request.elapsed);
    }

    /// The text to print.
    pub(crate) fn text(&self, cold_starts: usize) -> String {
        let times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if times.is_empty() {
            return "no requests".to_owned();
        }
        let rows = times.iter().map(|(status, times)| (status.to_string(), times.clone()));
        let all = ("all".to_owned(), times.values().flatten().copied().collect());
        let rows = rows.chain([all]).map(|(name, times)| row(&name, times));
        let title = "status  requests  p50 ms  p99 ms\n";
        format!("{title}{}cold starts {cold_starts}", rows.collect::<String>())
    }
}

fn row(name: &str, mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    // The shortest time that this share of the times does not exceed (the nearest rank).
    let [p50, p99] = [50, 99].map(|percent| {
        let rank = (times.len() * percent).div_ceil(100);
        1e3 * times.get(rank.saturating_sub(1)).copied().unwrap_or_default().as_secs_f64()
    });
    format!("{name:>6}  {:>8}  {p50:>6.1}  {p99:>6.1}\n", times.len())
}
