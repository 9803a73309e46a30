//! Time, processor time and memory.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::time::sleep;

use crate::{
    bootstrap::Bootstrap,
    procfs::{peak_memory, processor_time},
    quota::{PERIOD, Quota},
    stub::Table,
};

/// What was seen of one bootstrap, over all of its processes. Times are in milliseconds.
#[derive(Serialize)]
pub(crate) struct Times {
    pub(crate) name: String,
    /// Whether it does what the peers do.
    #[serde(skip)]
    pub(crate) is_comparable: bool,
    /// The memory of the Lambda function that was mimicked; none without a quota.
    pub(crate) memory_mb: Option<u64>,
    /// From the start of a process until it requests an event.
    pub(crate) init: Samples,
    /// From the first event to its response.
    pub(crate) first: Samples,
    /// Both.
    pub(crate) cold: Samples,
    /// Each warm invocation.
    pub(crate) warm: Samples,
    /// Processor time of a warm invocation, the mean of each process.
    pub(crate) processor: Samples,
    /// Peak resident memory of each process, in MiB.
    pub(crate) resident_mib: Samples,
    /// Size of the binary.
    pub(crate) size_mib: Option<f64>,
}

/// Values of one kind.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    fn push(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1e3);
    }

    /// The value that so many percent of the others do not exceed.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let rank = (sorted.len() as f64 * percent / 100.0).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }

    /// The mean of what `of` makes of each.
    pub(crate) fn mean(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.0.iter().map(|value| of(*value)).sum::<f64>() / self.0.len() as f64
    }

    pub(crate) fn median(&self) -> f64 {
        self.percentile(50.0)
    }
}

/// Runs the bootstraps in turn, in another order in each round, so that whatever else the machine
/// does meets them alike.
pub(crate) async fn measure(
    bootstraps: &[Bootstrap],
    table: &Table,
    memory_sizes: &[u64],
    rounds: u32,
    invocations: u32,
) -> Result<Vec<Times>> {
    let quotas: Vec<_> = match memory_sizes {
        [] => vec![None],
        sizes => sizes
            .iter()
            .map(|size| Quota::new(*size).map(|quota| Some((*size, quota))))
            .collect::<Result<_>>()?,
    };
    let mut runs = Vec::new();
    for quota in &quotas {
        for bootstrap in bootstraps {
            runs.push((bootstrap, quota.as_ref(), empty(bootstrap, quota.as_ref())?));
        }
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg} {eta}")?;
    let bar = ProgressBar::new(u64::from(rounds) * runs.len() as u64).with_style(style);
    let mut order: Vec<_> = (0..runs.len()).collect();
    for _ in 0..rounds {
        fastrand::shuffle(&mut order);
        for index in &order {
            let Some((bootstrap, quota, times)) = runs.get_mut(*index) else { continue };
            bar.set_message(bootstrap.name.clone());
            let quota = quota.map(|(_, quota)| quota);
            run(bootstrap, table, quota, invocations, times)
                .await
                .with_context(|| bootstrap.name.clone())?;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(runs.into_iter().map(|(_, _, times)| times).collect())
}

fn empty(bootstrap: &Bootstrap, quota: Option<&(u64, Quota)>) -> Result<Times> {
    let size_of = |path: &std::path::Path| {
        let bytes = fs::metadata(path).with_context(|| {
            format!("{} is not there: `cargo build --release` first", path.display())
        })?;
        anyhow::Ok(bytes.len() as f64 / f64::from(1 << 20))
    };
    Ok(Times {
        name: bootstrap.name.clone(),
        is_comparable: bootstrap.is_comparable(),
        memory_mb: quota.map(|(size, _)| *size),
        init: Samples::default(),
        first: Samples::default(),
        cold: Samples::default(),
        warm: Samples::default(),
        processor: Samples::default(),
        resident_mib: Samples::default(),
        size_mib: bootstrap.artifact.as_deref().map(size_of).transpose()?,
    })
}

async fn run(
    bootstrap: &Bootstrap,
    table: &Table,
    quota: Option<&Quota>,
    invocations: u32,
    times: &mut Times,
) -> Result<()> {
    let started = Instant::now();
    let mut process = bootstrap.start(table, &[]).await?;
    process.ready().await?;
    let init = started.elapsed();
    let id = process.id()?;
    if let Some(quota) = quota {
        quota.limit(id)?;
    }
    let started = Instant::now();
    process.invoke().await?;
    let first = started.elapsed();
    times.init.push(init);
    times.first.push(first);
    times.cold.push(init + first);

    process.ready().await?;
    let before = processor_time(id)?;
    for _ in 0..invocations {
        if quota.is_some() {
            // Then it has its whole share, as after any pause.
            sleep(PERIOD).await;
        }
        let started = Instant::now();
        process.invoke().await?;
        times.warm.push(started.elapsed());
        // What it does after its response does not count for the next one.
        process.ready().await?;
    }
    let after = processor_time(id)?;
    let spent = after.checked_sub(before).context("a thread that had worked is gone")?;
    times.processor.push(spent / invocations.max(1));
    times.resident_mib.0.push(peak_memory(id)? as f64 / 1024.0);
    // Until it is reaped it keeps its quota busy.
    process.child.kill().await?;
    Ok(())
}
