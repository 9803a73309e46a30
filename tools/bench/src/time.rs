//! Milliseconds, processor time, memory and size, beside other programs.

mod pictures;
mod quota;

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
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

/// What was seen of all processes of a program, at a memory size: milliseconds and MiB.
struct Times<'a> {
    program: &'a Bootstrap,
    quota: Option<&'a Quota>,
    /// From the start of a process until it requests an event.
    init: Vec<f64>,
    /// From the first event to its response.
    first: Vec<f64>,
    /// Both.
    cold: Vec<f64>,
    /// Each warm invocation.
    warm: Vec<f64>,
    /// Processor time of a warm invocation, the mean of each process.
    processor: Vec<f64>,
    /// Peak resident memory.
    resident: Vec<f64>,
}

/// Runs the programs in turn, in another order in each round, so that whatever else the machine
/// does meets them alike.
pub(crate) async fn run(options: Options) -> Result<()> {
    let mut programs = Bootstrap::functions();
    if options.peers {
        programs.extend(peers()?);
    }
    let table = Table::over_tls(options.delay).await?;
    let quotas = if options.pictures {
        MEGABYTES.into_iter().map(|size| Quota::new(size).map(Some)).collect::<Result<_>>()?
    } else {
        vec![None]
    };
    let mut all = Vec::new();
    for quota in &quotas {
        all.extend(programs.iter().map(|program| Times::new(program, quota.as_ref())));
    }
    for round in 1..=options.rounds {
        eprintln!("round {round} of {}", options.rounds);
        let mut order: Vec<_> = all.iter_mut().collect();
        fastrand::shuffle(&mut order);
        for times in order {
            times.measure(&table).await.context(times.program.name)?;
        }
    }
    println!("{}", report(&all));
    if options.pictures { pictures::draw(&all) } else { Ok(()) }
}

/// Builds the peers (see `peers/README.md`).
fn peers() -> Result<Vec<Bootstrap>> {
    eprintln!("building the peers");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let status = Command::new(sources.join("build")).stdout(Stdio::null()).status()?;
    ensure!(status.success(), "peers/build: {status}");
    let built = sources.join("../../../target/peers");
    let mut peers = vec![
        Bootstrap { name: "naive", command: vec![built.join("release/naive")] },
        Bootstrap { name: "floor", command: vec![built.join("release/floor")] },
        Bootstrap {
            name: "node",
            command: vec![built.join("node/node"), built.join("node/bundle.mjs")],
        },
        Bootstrap {
            name: "python",
            command: vec![built.join("python/bin/python"), sources.join("python/bootstrap.py")],
        },
    ];
    peers.retain(|peer| peer.command.iter().all(|file| file.exists()));
    Ok(peers)
}

impl<'a> Times<'a> {
    fn new(program: &'a Bootstrap, quota: Option<&'a Quota>) -> Self {
        let [init, first, cold, warm, processor, resident] = [const { Vec::new() }; 6];
        Self { program, quota, init, first, cold, warm, processor, resident }
    }

    /// The memory of the Lambda function that is imitated.
    fn megabytes(&self) -> Option<u64> {
        self.quota.map(|quota| quota.megabytes)
    }

    async fn measure(&mut self, table: &Table) -> Result<()> {
        let started = Instant::now();
        let mut process = self.program.start(table, &[]).await?;
        process.ready().await?;
        let init = started.elapsed();
        let id = process.id()?;
        if let Some(quota) = self.quota {
            quota.limit(id)?;
        }
        let first = process.invoke().await?;
        self.init.push(milliseconds(init));
        self.first.push(milliseconds(first));
        self.cold.push(milliseconds(init + first));

        process.ready().await?;
        let before = processor_time(id)?;
        for _ in 0..WARM_INVOCATIONS {
            if self.quota.is_some() {
                // Then it has its whole share, as after any pause.
                sleep(PERIOD).await;
            }
            self.warm.push(milliseconds(process.invoke().await?));
            // What it does after its response does not count for the next one.
            process.ready().await?;
        }
        let spent = processor_time(id)?.checked_sub(before);
        let spent = spent.context("a thread that had worked is gone")? / WARM_INVOCATIONS;
        self.processor.push(milliseconds(spent));
        self.resident.push(memory(id, "VmHWM:")? as f64 / 1024.0);
        // Until it is reaped it keeps its quota busy.
        Ok(process.child.kill().await?)
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The value that so many percent of the others do not exceed.
fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

fn median(values: &[f64]) -> f64 {
    percentile(values, 50)
}

/// Medians and percentiles, in milliseconds where nothing else is said.
fn report(all: &[Times]) -> String {
    let mut table = markdown(
        "program | memory MB | init | first response | cold | × naive | × floor | warm p50 | p90 | p99 \
         | CPU µs, warm | × naive | RSS MiB | size MiB",
    );
    for times in all {
        let ratio = |name: &str, of: fn(&Times) -> f64| {
            let is_it =
                |it: &&Times| it.program.name == name && it.megabytes() == times.megabytes();
            // The authorizer does something else.
            let other = all.iter().find(is_it).filter(|_| !times.program.is_authorizer());
            other.map_or_else(String::new, |other| format!("{:.2}", of(times) / of(other)))
        };
        let size = times.program.size().map(|bytes| bytes as f64 / f64::from(1 << 20));
        table.add_row([
            times.program.name.to_owned(),
            times.megabytes().map_or_else(|| "no limit".to_owned(), |size| size.to_string()),
            format!("{:.2}", median(&times.init)),
            format!("{:.2}", median(&times.first)),
            format!("{:.2}", median(&times.cold)),
            ratio("naive", |it| median(&it.cold)),
            ratio("floor", |it| median(&it.cold)),
            format!("{:.2}", median(&times.warm)),
            format!("{:.2}", percentile(&times.warm, 90)),
            format!("{:.2}", percentile(&times.warm, 99)),
            format!("{:.0}", median(&times.processor) * 1e3),
            ratio("naive", |it| median(&it.processor)),
            format!("{:.1}", median(&times.resident)),
            size.map_or_else(String::new, |size| format!("{size:.2}")),
        ]);
    }
    table.to_string()
}
