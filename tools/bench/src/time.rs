//! Milliseconds, processor time, memory and size, beside other programs.

mod pictures;
mod quota;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use tokio::time::sleep;

use self::quota::{PERIOD, Quota};
use crate::{
    bootstrap::Bootstrap,
    markdown,
    procfs::{memory, processor_time},
    table::Table,
};

const WARM_INVOCATIONS: u32 = 100;
/// Of the pictures.
const MEGABYTES: [u64; 4] = [128, 256, 512, 1024];

/// The options of `cargo measure time`.
#[derive(Args)]
pub(crate) struct Options {
    /// Build the peers and measure them too
    #[arg(long)]
    peers: bool,
    /// Processes of each program
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Milliseconds that the table takes for a response; a connection takes a third of it
    #[arg(long, default_value_t = 3, value_name = "MS")]
    delay: u64,
    /// Measure with the processor time of four memory sizes, and draw docs/pictures (needs root)
    #[arg(long)]
    pictures: bool,
}

/// All processes of a program at a memory size.
struct Times<'a> {
    program: &'a Bootstrap,
    processes: Vec<Process>,
}

/// What was seen of a process: milliseconds and MiB.
struct Process {
    /// From its start until it requests an event.
    init: f64,
    /// From the first event to its response.
    first: f64,
    /// Each warm invocation.
    warm: Vec<f64>,
    /// Processor time of a warm invocation, the mean.
    processor: f64,
    /// Peak resident memory.
    resident: f64,
}

/// Runs the programs in turn, in another order in each round, so that whatever else the machine
/// does meets them alike.
pub(crate) async fn run(options: Options) -> Result<()> {
    let mut programs = Bootstrap::functions();
    if options.peers {
        programs.extend(Bootstrap::peers().await?);
    }
    let table = Table::over_tls(options.delay).await?;
    let sizes = if options.pictures { MEGABYTES.map(Some).to_vec() } else { vec![None] };
    let mut all: Vec<(_, Vec<_>)> = Vec::new();
    for size in sizes {
        let new = |program| Times { program, processes: Vec::new() };
        all.push((size.map(Quota::new).transpose()?, programs.iter().map(new).collect()));
    }
    for round in 1..=options.rounds {
        eprintln!("round {round} of {}", options.rounds);
        let mut order: Vec<(_, &mut Times)> = Vec::new();
        for (quota, programs) in &mut all {
            let quota = quota.as_ref();
            order.extend(programs.iter_mut().map(|times| (quota, times)));
        }
        fastrand::shuffle(&mut order);
        for (quota, times) in order {
            let process = measure(times.program, quota, &table).await;
            times.processes.push(process.context(times.program.name)?);
        }
    }
    for (quota, programs) in &all {
        if let Some(quota) = quota {
            println!("\n{} MB:\n", quota.megabytes);
        }
        println!("{}", report(programs));
    }
    if options.pictures { pictures::draw(&all) } else { Ok(()) }
}

async fn measure(program: &Bootstrap, quota: Option<&Quota>, table: &Table) -> Result<Process> {
    let started = Instant::now();
    let mut process = program.start(table).await?;
    process.ready().await?;
    let init = milliseconds(started.elapsed());
    let id = process.id()?;
    if let Some(quota) = quota {
        quota.limit(id)?;
    }
    let first = milliseconds(process.invoke().await?);

    process.ready().await?;
    let before = processor_time(id)?;
    let mut warm = Vec::new();
    for _ in 0..WARM_INVOCATIONS {
        if quota.is_some() {
            // Then it has its whole share, as after any pause.
            sleep(PERIOD).await;
        }
        warm.push(milliseconds(process.invoke().await?));
        // What it does after its response does not count for the next one.
        process.ready().await?;
    }
    let spent = processor_time(id)?.checked_sub(before);
    let spent = spent.context("a thread that had worked is gone")? / WARM_INVOCATIONS;
    let resident = memory(id, "VmHWM:")? as f64 / 1024.0;
    // Until it is reaped it keeps its quota busy.
    process.child.kill().await?;
    Ok(Process { init, first, warm, processor: milliseconds(spent), resident })
}

impl Times<'_> {
    fn median(&self, of: impl Fn(&Process) -> f64) -> f64 {
        percentile(self.processes.iter().map(of), 50)
    }

    fn cold(&self) -> f64 {
        self.median(|process| process.init + process.first)
    }

    fn processor(&self) -> f64 {
        self.median(|process| process.processor)
    }

    fn warm(&self, percent: usize) -> f64 {
        percentile(self.processes.iter().flat_map(|process| process.warm.clone()), percent)
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The value that so many percent of the others do not exceed.
fn percentile(values: impl Iterator<Item = f64>, percent: usize) -> f64 {
    let mut sorted: Vec<_> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

/// Medians and percentiles, in milliseconds where nothing else is said.
fn report(all: &[Times]) -> String {
    let mut table = markdown(
        "program | init | first response | cold | × naive | × floor | warm p50 | p90 | p99 \
         | CPU µs, warm | × naive | RSS MiB | size MiB",
    );
    for times in all {
        let ratio = |name: &str, of: fn(&Times) -> f64| {
            let other = all.iter().find(|other| other.program.name == name);
            // The authorizer does something else.
            let other = other.filter(|_| !times.program.is_authorizer());
            other.map_or_else(String::new, |other| format!("{:.2}", of(times) / of(other)))
        };
        let size = times.program.size().map(|bytes| bytes as f64 / f64::from(1 << 20));
        table.add_row([
            times.program.name.to_owned(),
            format!("{:.2}", times.median(|process| process.init)),
            format!("{:.2}", times.median(|process| process.first)),
            format!("{:.2}", times.cold()),
            ratio("naive", |it| it.cold()),
            ratio("floor", |it| it.cold()),
            format!("{:.2}", times.warm(50)),
            format!("{:.2}", times.warm(90)),
            format!("{:.2}", times.warm(99)),
            format!("{:.0}", times.processor() * 1e3),
            ratio("naive", |it| it.processor()),
            format!("{:.1}", times.median(|process| process.resident)),
            size.map_or_else(String::new, |size| format!("{size:.2}")),
        ]);
    }
    table.to_string()
}
