//! Sends requests of all kinds while functions are killed and their tables fail.
//!
//! Each of the [`cases`] has its response while there are no faults, and it must stay the same in every
//! byte. The functions read their tables by way of a proxy ([`faults`]) that injects faults. Only while
//! it does, a request may fail instead.

mod cases;
mod faults;

use std::{
    net::SocketAddr,
    process,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use credira_local::{Options, Resources, Stack};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{sync::RwLock, task::JoinSet, time::sleep};

use self::{
    cases::Case,
    faults::{Faults, WRONG},
};
use crate::{
    bootstrap::BINARIES,
    growth, markdown,
    procfs::{children, memory, open_files},
    table::Table,
};

/// A cycle has a time with faults, a time for what they leave behind, and one in which no request may
/// fail.
const FAULTS: Duration = Duration::from_secs(5);
const AFTERMATH: Duration = Duration::from_secs(1);
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
const CLOSING: Duration = Duration::from_secs(5);

/// What the clients share.
struct Soak {
    gateway: SocketAddr,
    cases: Vec<Case>,
    faults: Arc<Faults>,
    /// Whether there are faults. A client reads it while its request is sent.
    is_faulty: RwLock<bool>,
}

/// Runs so many minutes, prints what it has found, and fails if something is wrong.
pub(crate) async fn run(minutes: u64) -> Result<()> {
    let files_before = open_files(process::id())?;
    let faults = Arc::new(Faults::default());
    soak(minutes, faults.clone()).await?;
    sleep(CLOSING).await;
    let leaked = children()?.len() + open_files(process::id())?.saturating_sub(files_before);
    let mut counts = faults.counts();
    let wrong = *counts.entry(WRONG.to_owned()).or_default();
    counts.insert("leaked processes, files and connections".to_owned(), u64::try_from(leaked)?);
    let mut report = markdown("what | count");
    report.add_rows(counts.iter().map(|(what, count)| [what.clone(), count.to_string()]));
    println!("{report}");
    ensure!(wrong == 0 && leaked == 0, "something is wrong");
    Ok(())
}

async fn soak(minutes: u64, faults: Arc<Faults>) -> Result<()> {
    let mut options = options(faults.clone());
    let resources = Resources::acquire(&options).await?;
    let (proxy, dynamodb) = (faults.clone(), resources.dynamodb_address()?);
    let serve = move |connection, tls| proxy.clone().proxy(connection, tls, dynamodb);
    let table = Table::serve("https", serve).await?;
    let root = table.root.path().to_str().context("the path is not UTF-8")?.to_owned();
    options.variables =
        vec![("AWS_ENDPOINT_URL_DYNAMODB", table.url.clone()), ("AWS_CA_BUNDLE", root)];
    let stack = Stack::start_on(resources, options)
        .await
        .context("the functions do not start: `cargo build --release` first")?;
    // It has had no request yet, and so has one process of each function. These are never killed.
    let observed = children()?;

    let (gateway, cases) = (stack.api, cases::learn(stack.api).await?);
    let soak = Arc::new(Soak { gateway, cases, faults, is_faulty: RwLock::new(false) });
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(soak.clone().send_requests());
    }
    let cycles = usize::try_from(minutes * CYCLES_PER_MINUTE)?;
    let mut levels = Vec::new();
    for percent in PERCENT.into_iter().cycle().take(cycles) {
        eprintln!("cycle {} of {cycles}", levels.len() + 1);
        *soak.is_faulty.write().await = true;
        soak.faults.percent.store(percent, Ordering::Relaxed);
        let end = Instant::now() + FAULTS;
        while Instant::now() < end {
            sleep(MAX_PAUSE_BETWEEN_KILLS.mul_f64(fastrand::f64())).await;
            kill_one(&observed, &soak.faults)?;
        }
        soak.faults.percent.store(0, Ordering::Relaxed);
        sleep(AFTERMATH).await;
        *soak.is_faulty.write().await = false;
        sleep(QUIET).await;
        let _no_request = soak.is_faulty.write().await;
        let level = |process: &u32| Ok((memory(*process, "VmRSS:")?, open_files(*process)?));
        let level: Result<Vec<_>> = observed.iter().map(level).collect();
        levels.push(level.context("a function that was not killed has ended")?);
    }
    let no_request = soak.is_faulty.write().await;
    clients.shutdown().await;
    drop(no_request);
    stack.stop().await;
    let (first, last) = levels.first().zip(levels.last()).context("no cycle")?;
    println!("KiB and open files of processes that were not killed: {first:?}, then {last:?}");
    for ((early, files), (late, files_late)) in first.iter().zip(last) {
        // The connection to the table may be open or not.
        ensure!(*files_late <= files + 1, "a function has {files_late} open files, had {files}");
        growth::check("a function", *early, *late)?;
    }
    Ok(())
}

fn options(faults: Arc<Faults>) -> Options {
    Options {
        host: [127, 0, 0, 1].into(),
        port: 0,
        dynamodb_port: 0,
        data: None,
        has_demo_data: true,
        binaries: BINARIES.into(),
        max_environments: ENVIRONMENTS,
        variables: vec![],
        // The gateway's own lines are about functions that ended, hung, or sent no proxy response.
        log: Arc::new(move |function, line| {
            // A killed process, and an authorizer that cannot read its table, are intended.
            let is_intended = line.contains("SIGKILL") || line.ends_with("reported an error");
            if function == "gateway" && !is_intended {
                faults.report(line);
            }
        }),
        on_request: Box::new(|_| {}),
    }
}

/// Kills one process at random, if there are others than the observed ones.
fn kill_one(observed: &[u32], faults: &Faults) -> Result<()> {
    let others = children()?.into_iter().filter(|process| !observed.contains(process));
    let process = fastrand::choice(others.collect::<Vec<_>>());
    // It may have been killed before, and not be gone yet.
    if let Some(process) = process.and_then(|process| Pid::from_raw(process.cast_signed()))
        && kill_process(process, Signal::KILL).is_ok()
    {
        faults.count("a function is killed");
    }
    Ok(())
}

impl Soak {
    async fn send_requests(self: Arc<Self>) {
        while let Some(case) = fastrand::choice(&self.cases) {
            let is_faulty = self.is_faulty.read().await;
            let response = cases::send(self.gateway, &case.request).await;
            let response = response.unwrap_or_else(|error| format!("{error:#}"));
            self.faults.count("requests");
            if !*is_faulty {
                self.faults.count("requests without a fault");
            }
            if *is_faulty && case.can_fail_with(&response) {
                self.faults.count("requests that failed because of a fault");
            } else if response != case.response {
                self.faults.report(&format!("{}{response}", case.request));
            }
            drop(is_faulty);
            sleep(MAX_PAUSE.mul_f64(fastrand::f64())).await;
        }
    }
}
