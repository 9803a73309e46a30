//! Milliseconds, processor time, memory, and what they cost.

mod peers;
mod pictures;
mod quota;
mod report;
mod samples;

use std::{collections::BTreeSet, path::PathBuf, time::Instant};

use anyhow::{Context, Result};
use clap::Args;
use indicatif::ProgressBar;
use tokio::time::sleep;

use self::{
    quota::{PERIOD, Quota},
    samples::Times,
};
use crate::{
    bootstrap::Bootstrap,
    procfs::{peak_memory, processor_time},
    stub::Table,
};

const WARM_INVOCATIONS: u32 = 100;

/// The options of `cargo measure time`.
#[derive(Args)]
pub(crate) struct Options {
    /// Build the peers and measure them too
    #[arg(long)]
    peers: bool,
    /// Processor time as of a function with so much memory; can be given several times (needs root)
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u64).range(128..=10_240))]
    memory: Vec<u64>,
    /// Processes of each program, at each memory size
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Milliseconds that the table takes for a response; a connection takes a third of it
    #[arg(long, default_value_t = 3, value_name = "MS")]
    delay: u64,
    /// Draw the figures into this folder
    #[arg(long, value_name = "FOLDER")]
    pictures: Option<PathBuf>,
}

/// Runs the programs in turn, in another order in each round, so that whatever else the machine
/// does meets them alike.
pub(crate) async fn run(options: Options) -> Result<()> {
    let mut bootstraps = Bootstrap::functions();
    if options.peers {
        bootstraps.extend(peers::build()?);
    }
    let table = Table::over_tls(options.delay).await?;
    let sizes = BTreeSet::from_iter(options.memory);
    let quotas = sizes.iter().map(|size| Quota::new(*size)).collect::<Result<Vec<_>>>()?;
    let quotas: Vec<_> =
        if quotas.is_empty() { vec![None] } else { quotas.iter().map(Some).collect() };
    let mut runs = Vec::new();
    for quota in quotas {
        for bootstrap in &bootstraps {
            let times = Times::of(bootstrap, quota.map(|quota| quota.megabytes))?;
            runs.push((bootstrap, quota, times));
        }
    }
    let bar = ProgressBar::new(u64::from(options.rounds) * runs.len() as u64);
    for _ in 0..options.rounds {
        let mut order: Vec<_> = runs.iter_mut().collect();
        fastrand::shuffle(&mut order);
        for (bootstrap, quota, times) in order {
            measure(bootstrap, &table, *quota, times).await.context(bootstrap.name.clone())?;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let all: Vec<_> = runs.into_iter().map(|(_, _, times)| times).collect();
    println!("On {}.\n\n{}", report::machine(), report::times(&all));
    if !sizes.is_empty() {
        println!("\nOf a million invocations:\n\n{}", report::costs(&all));
    }
    options.pictures.map_or(Ok(()), |folder| pictures::draw(&all, &folder))
}

async fn measure(
    bootstrap: &Bootstrap,
    table: &Table,
    quota: Option<&Quota>,
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
    times.init.push_time(init);
    times.first.push_time(first);
    times.cold.push_time(init + first);

    process.ready().await?;
    let before = processor_time(id)?;
    for _ in 0..WARM_INVOCATIONS {
        if quota.is_some() {
            // Then it has its whole share, as after any pause.
            sleep(PERIOD).await;
        }
        let started = Instant::now();
        process.invoke().await?;
        times.warm.push_time(started.elapsed());
        // What it does after its response does not count for the next one.
        process.ready().await?;
    }
    let spent = processor_time(id)?.checked_sub(before);
    times
        .processor
        .push_time(spent.context("a thread that had worked is gone")? / WARM_INVOCATIONS);
    times.resident_mib.push(peak_memory(id)? as f64 / 1024.0);
    // Until it is reaped it keeps its quota busy.
    Ok(process.child.kill().await?)
}
