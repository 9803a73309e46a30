//! What was seen of a program.

use std::time::Duration;

use anyhow::Result;

use crate::bootstrap::Bootstrap;

/// What was seen of one program, over all of its processes. Times are in milliseconds.
pub(super) struct Times {
    pub(super) name: String,
    /// Whether it does what the peers do.
    pub(super) is_comparable: bool,
    /// The memory of the Lambda function that was imitated; `None` without a quota.
    pub(super) megabytes: Option<u64>,
    /// From the start of a process until it requests an event.
    pub(super) init: Samples,
    /// From the first event to its response.
    pub(super) first: Samples,
    /// Both.
    pub(super) cold: Samples,
    /// Each warm invocation.
    pub(super) warm: Samples,
    /// Processor time of a warm invocation, the mean of each process.
    pub(super) processor: Samples,
    /// Peak resident memory of each process, in MiB.
    pub(super) resident_mib: Samples,
    /// Bytes of the binary.
    pub(super) size: Option<u64>,
}

/// Values of one kind.
#[derive(Default)]
pub(super) struct Samples(Vec<f64>);

impl Times {
    pub(super) fn of(bootstrap: &Bootstrap, megabytes: Option<u64>) -> Result<Self> {
        Ok(Self {
            name: bootstrap.name.clone(),
            is_comparable: !bootstrap.is_authorizer(),
            megabytes,
            init: Samples::default(),
            first: Samples::default(),
            cold: Samples::default(),
            warm: Samples::default(),
            processor: Samples::default(),
            resident_mib: Samples::default(),
            size: bootstrap.size()?,
        })
    }
}

impl Samples {
    pub(super) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    pub(super) fn push_time(&mut self, time: Duration) {
        self.push(time.as_secs_f64() * 1e3);
    }

    /// The value that so many percent of the others do not exceed.
    pub(super) fn percentile(&self, percent: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let rank = (sorted.len() as f64 * percent / 100.0).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }

    pub(super) fn median(&self) -> f64 {
        self.percentile(50.0)
    }

    /// The mean of what `of` makes of each.
    pub(super) fn mean(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.0.iter().map(|value| of(*value)).sum::<f64>() / self.0.len() as f64
    }
}
