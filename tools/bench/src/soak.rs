//! Sends requests of all kinds while functions are killed and their tables fail.
//!
//! [`clients`] draw the [`cases`] from the [`demo`] data, and compare each [`response`] with its
//! [`expectation`]. The functions read their tables by way of a proxy ([`table`]) that injects
//! [`faults`]. An error is right only if a fault explains it.

mod cases;
mod clients;
mod demo;
mod expectation;
mod faults;
mod findings;
mod message;
mod processes;
mod response;
mod table;
#[cfg(test)]
mod tests;

use std::{
    path::PathBuf,
    process,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use clap::Args;
use credira_local::{Options, Resources, Stack};
use fastrand::Rng;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::sleep;

use self::{
    cases::Cases,
    clients::Clients,
    faults::Faults,
    processes::{Processes, Sample},
    table::FaultyTable,
};
pub(crate) use self::{expectation::Wrong, findings::Findings};
use crate::procfs::{children, open_files};

/// A cycle has a time with faults, and then one without, in which no request may fail.
const FAULTS: Duration = Duration::from_secs(6);
const QUIET: Duration = Duration::from_secs(4);
const CYCLES_PER_MINUTE: u64 = 6;
/// The share of the table's responses that are faulty, cycle by cycle.
const PERCENT: [u8; 3] = [10, 30, 100];
const MAX_PAUSE_BETWEEN_KILLS: Duration = Duration::from_millis(1_000);
/// How long the connections of a stack that has stopped may take to close.
const CLOSING: Duration = Duration::from_secs(10);

/// The options of `cargo measure soak`.
#[derive(Args)]
pub(crate) struct Soak {
    /// How many minutes
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    minutes: u64,
    /// Execution environments of each function; one of them is never killed
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(2..))]
    environments: u64,
    /// The seed that another run printed, for the same requests and faults as far as timing allows
    #[arg(long)]
    seed: Option<u64>,
}

impl Soak {
    /// Runs the clients against a stack, and then looks for what the stack has left over.
    pub(crate) async fn run(self, binaries: PathBuf) -> Result<Findings> {
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..1 << 32));
        println!("seed {seed}");
        let files_before = open_files(process::id())?;
        let mut findings = self.run_stack(binaries, Rng::with_seed(seed)).await?;
        let files = || anyhow::Ok(open_files(process::id())?.saturating_sub(files_before));
        let deadline = Instant::now() + CLOSING;
        while (files()? > 0 || !children()?.is_empty()) && Instant::now() < deadline {
            sleep(Duration::from_millis(100)).await;
        }
        findings.leaked_processes = children()?.len();
        findings.leaked_files = files()?;
        Ok(findings)
    }

    async fn run_stack(&self, binaries: PathBuf, mut rng: Rng) -> Result<Findings> {
        let faults = Arc::new(Faults::default());
        let broken = Arc::new(Mutex::new(Vec::new()));
        let mut options = options(binaries, usize::try_from(self.environments)?, broken.clone());
        let resources = Resources::acquire(&options).await?;
        let dynamodb = resources.dynamodb_address()?;
        let table = FaultyTable::serve(dynamodb, faults.clone(), rng.u64(..)).await?;
        let root = table.root_certificate().to_str().context("the path is not UTF-8")?;
        options.variables = vec![
            ("AWS_ENDPOINT_URL_DYNAMODB", table.url.clone()),
            ("AWS_CA_BUNDLE", root.to_owned()),
        ];
        let stack = Stack::start_on(resources, options)
            .await
            .context("the functions do not start: `cargo build --release` first")?;
        let processes = Processes::of(&stack)?;

        let clients = Arc::new(Clients::new(stack.api, faults.clone()));
        let cases = Arc::new(clients.read_every_user(Cases::new()?).await?);
        // Twice as many clients as environments: some requests wait for one.
        let count = usize::try_from(self.environments * 2)?;
        let tasks = clients.start(count, &cases, &mut rng);
        let samples = self.disturb(&faults, &clients, &processes, &mut rng).await;
        clients.end();
        tasks.join_all().await;
        let environments = stack.cold_starts();
        stack.stop().await;

        let mut samples = samples?.into_iter();
        let early = samples.next().context("no cycle")?;
        Ok(Findings {
            tally: clients.tally().clone(),
            environments,
            faults: faults.counts(),
            late: samples.next_back().context("only one cycle")?,
            early,
            broken: std::mem::take(&mut *broken.lock().unwrap_or_else(PoisonError::into_inner)),
            leaked_processes: 0,
            leaked_files: 0,
        })
    }

    /// Injects faults for a time, waits for a time, samples, and so on.
    async fn disturb(
        &self,
        faults: &Faults,
        clients: &Clients,
        processes: &Processes,
        rng: &mut Rng,
    ) -> Result<Vec<Vec<Sample>>> {
        let cycles = self.minutes * CYCLES_PER_MINUTE;
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg} {eta}")?;
        let bar = ProgressBar::new(cycles).with_style(style);
        let mut samples = Vec::new();
        for percent in PERCENT.into_iter().cycle().take(usize::try_from(cycles)?) {
            bar.set_message(format!("{} requests", clients.tally().requests));
            faults.set_rate(percent);
            let end = Instant::now() + FAULTS;
            while Instant::now() < end {
                sleep(MAX_PAUSE_BETWEEN_KILLS.mul_f64(rng.f64())).await;
                if processes.kill_one(rng)? {
                    faults.function_killed();
                }
            }
            faults.set_rate(0);
            sleep(QUIET).await;
            let _paused = clients.pause().await;
            samples.push(processes.sample());
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(samples)
    }
}

fn options(binaries: PathBuf, max_environments: usize, broken: Arc<Mutex<Vec<String>>>) -> Options {
    Options {
        host: [127, 0, 0, 1].into(),
        port: 0,
        dynamodb_port: 0,
        data: None,
        has_demo_data: true,
        binaries,
        max_environments,
        variables: vec![],
        log: Arc::new(move |function, line| {
            // A killed process, and an authorizer that cannot read its table, are intended.
            let is_intended = line.contains("SIGKILL") || line.ends_with("reported an error");
            if function == "gateway" && !is_intended {
                broken.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
            }
        }),
        on_request: Box::new(|_| {}),
    }
}
