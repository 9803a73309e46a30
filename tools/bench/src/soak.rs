//! Sends requests of all kinds while functions are killed and their tables fail.
//!
//! Each of the [`cases`] has its response while there are no faults, and it must stay the same in every
//! byte. The functions read their tables by way of a proxy ([`table`]) that injects [`faults`]. A 500
//! or 503 is right only if a fault can have caused it.

mod cases;
mod faults;
mod findings;
mod table;

use std::{
    mem,
    net::SocketAddr,
    process,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use credira_local::{Options, Resources, Stack};
use fastrand::Rng;
use indicatif::ProgressBar;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{sync::RwLock, task::JoinSet, time::sleep};

use self::{
    cases::Case,
    faults::{Fault, Faults},
    findings::{Findings, Observed, Tally},
    table::FaultyTable,
};
use crate::{
    bootstrap::BINARIES,
    procfs::{children, open_files},
};

/// A cycle has a time with faults, and then one without, in which no request may fail.
const FAULTS: Duration = Duration::from_secs(6);
const QUIET: Duration = Duration::from_secs(4);
const CYCLES_PER_MINUTE: u64 = 6;
/// The share of the table's responses that are faulty, cycle by cycle.
const PERCENT: [u8; 3] = [10, 30, 100];
const MAX_PAUSE_BETWEEN_KILLS: Duration = Duration::from_millis(1_000);
const ENVIRONMENTS: usize = 4;
/// More than environments: some requests wait for one.
const CLIENTS: usize = 8;
/// Between two requests of a client.
const MAX_PAUSE: Duration = Duration::from_millis(10);
/// How long the connections of a stack that has stopped may take to close.
const CLOSING: Duration = Duration::from_secs(10);

/// What the clients share.
struct Soak {
    gateway: SocketAddr,
    cases: Vec<Case>,
    faults: Arc<Faults>,
    tally: Mutex<Tally>,
    /// Read by each request while it is sent.
    sending: RwLock<()>,
}

/// Runs so many minutes, prints what it has found, and fails if something is wrong.
pub(crate) async fn run(minutes: u64) -> Result<()> {
    let files_before = open_files(process::id())?;
    let findings = soak(minutes).await?;
    let files = || anyhow::Ok(open_files(process::id())?.saturating_sub(files_before));
    let deadline = Instant::now() + CLOSING;
    while (files()? > 0 || !children()?.is_empty()) && Instant::now() < deadline {
        sleep(Duration::from_millis(100)).await;
    }
    findings.report(children()?.len(), files()?)
}

async fn soak(minutes: u64) -> Result<Findings> {
    let mut rng = Rng::with_seed(fastrand::u64(..));
    let faults = Arc::new(Faults::default());
    let broken = Arc::new(Mutex::new(Vec::new()));
    let mut options = options(broken.clone());
    let resources = Resources::acquire(&options).await?;
    let dynamodb = resources.dynamodb_address()?;
    let table = FaultyTable::serve(dynamodb, faults.clone(), rng.fork()).await?;
    let root = table.root.path().to_str().context("the path is not UTF-8")?.to_owned();
    options.variables =
        vec![("AWS_ENDPOINT_URL_DYNAMODB", table.url.clone()), ("AWS_CA_BUNDLE", root)];
    let stack = Stack::start_on(resources, options)
        .await
        .context("the functions do not start: `cargo build --release` first")?;
    // It has had no request yet, and so has one process of each function.
    let mut observed = children()?.into_iter().map(Observed::new).collect::<Result<Vec<_>>>()?;

    let (gateway, cases) = (stack.api, cases::learn(stack.api).await?);
    let (tally, sending) = (Mutex::default(), RwLock::default());
    let soak = Arc::new(Soak { gateway, cases, faults, tally, sending });
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(soak.clone().send_requests(rng.fork()));
    }
    let cycles = minutes * CYCLES_PER_MINUTE;
    let bar = ProgressBar::new(cycles);
    for percent in PERCENT.into_iter().cycle().take(usize::try_from(cycles)?) {
        soak.faults.set_rate(percent);
        let end = Instant::now() + FAULTS;
        while Instant::now() < end {
            sleep(MAX_PAUSE_BETWEEN_KILLS.mul_f64(rng.f64())).await;
            kill_one(&observed, &soak.faults, &mut rng)?;
        }
        soak.faults.set_rate(0);
        sleep(QUIET).await;
        let _no_request = soak.sending.write().await;
        observed.iter_mut().for_each(Observed::sample);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let no_request = soak.sending.write().await;
    clients.shutdown().await;
    drop(no_request);
    stack.stop().await;
    let tally = mem::take(&mut *soak.tally.lock().unwrap_or_else(PoisonError::into_inner));
    let broken = mem::take(&mut *broken.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Findings { tally, faults: soak.faults.all(), observed, broken })
}

fn options(broken: Arc<Mutex<Vec<String>>>) -> Options {
    Options {
        host: [127, 0, 0, 1].into(),
        port: 0,
        dynamodb_port: 0,
        data: None,
        has_demo_data: true,
        binaries: BINARIES.into(),
        max_environments: ENVIRONMENTS,
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

/// Kills one process at random, if there are others than the observed ones.
fn kill_one(observed: &[Observed], faults: &Faults, rng: &mut Rng) -> Result<()> {
    let mut processes = children()?;
    processes.retain(|process| !observed.iter().any(|observed| observed.id == *process));
    let process = rng.choice(processes).and_then(|process| Pid::from_raw(process.cast_signed()));
    // It may have been killed before, and not be gone yet.
    if process.is_some_and(|process| kill_process(process, Signal::KILL).is_ok()) {
        faults.record(Fault::Kill);
    }
    Ok(())
}

impl Soak {
    async fn send_requests(self: Arc<Self>, mut rng: Rng) {
        while let Some(case) = rng.choice(&self.cases) {
            let sending = self.sending.read().await;
            let start = Instant::now();
            let response = cases::send(self.gateway, &case.request).await;
            let response = response.unwrap_or_else(|error| format!("{error:#}"));
            let faults = self.faults.since(start);
            let tally = self.tally.lock();
            tally.unwrap_or_else(PoisonError::into_inner).add(case, &response, &faults);
            drop(sending);
            sleep(MAX_PAUSE.mul_f64(rng.f64())).await;
        }
    }
}
