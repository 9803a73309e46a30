//! Instructions, counted by valgrind's callgrind: the same on a fast machine and on a slow one.
//! On another kind of processor they may differ, where libraries choose among their routines.
//!
//! Under valgrind a function is so slow that its timeouts would pass on some machines, and the
//! retries would be counted. So strace stops its clock.

use std::{
    ffi::OsStr,
    fs,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::NamedTempFile;

use crate::{bootstrap::Bootstrap, stub::Table};

const WARM_INVOCATIONS: u64 = 100;

/// The instructions of one function.
pub(crate) struct Count {
    pub(crate) function: String,
    /// From the start of the process to the end of its first invocation, over TLS.
    pub(crate) cold: u64,
    /// Of one invocation more, over plain HTTP: what the function does by itself.
    pub(crate) warm: u64,
    /// Bytes of the binary.
    pub(crate) size: u64,
}

/// Counts a cold start, and the mean of a hundred warm invocations.
pub(crate) async fn count(function: &Bootstrap, tls: &Table, plain: &Table) -> Result<Count> {
    let binary = function.artifact.as_ref().context("no binary")?;
    let first = least(function, plain, 1).await?;
    let all = least(function, plain, 1 + WARM_INVOCATIONS).await?;
    Ok(Count {
        function: function.name.clone(),
        cold: least(function, tls, 1).await?,
        warm: all.saturating_sub(first) / WARM_INVOCATIONS,
        size: fs::metadata(binary)?.len(),
    })
}

/// The least of five runs: random keys, signatures and hashes make a difference of some thousands.
async fn least(function: &Bootstrap, table: &Table, invocations: u64) -> Result<u64> {
    let mut least = u64::MAX;
    for _ in 0..5 {
        least = least.min(run(function, table, invocations).await?);
    }
    Ok(least)
}

async fn run(function: &Bootstrap, table: &Table, invocations: u64) -> Result<u64> {
    let profile = NamedTempFile::new()?;
    let out = format!("--callgrind-out-file={}", profile.path().display());
    let clock = stopped_clock()?;
    let (strace, valgrind) = (program("strace")?, program("valgrind")?);
    let options = ["--follow-forks", "--output=/dev/null", "--trace=clock_gettime", &clock];
    let mut wrapper = vec![strace.as_os_str()];
    wrapper.extend(options.map(OsStr::new));
    wrapper.push(valgrind.as_os_str());
    wrapper.extend(["--tool=callgrind", "--quiet", &out].map(OsStr::new));
    let mut process = function.start(table, &wrapper).await?;
    for _ in 0..invocations {
        process.invoke().await?;
    }
    // Asked to end, since callgrind writes nothing where it is killed. strace ends after it.
    let group = Pid::from_raw(process.id()?.cast_signed()).context("no process")?;
    kill_process_group(group, Signal::TERM)?;
    process.child.wait().await?;
    let profile = fs::read_to_string(&profile)?;
    let totals = profile.lines().find_map(|line| line.strip_prefix("totals: "));
    totals.and_then(|count| count.trim().parse().ok()).context("callgrind counted nothing")
}

fn program(name: &str) -> Result<PathBuf> {
    which::which(name).with_context(|| format!("{name} is needed to count, and is not installed"))
}

/// strace's option that makes every clock show the time of now: 64 bits of seconds and 64 of
/// nanoseconds in the memory that `clock_gettime` has just written.
fn stopped_clock() -> Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let bytes = u128::from(now).swap_bytes();
    Ok(format!("--inject=clock_gettime:poke_exit=@arg2={bytes:032x}"))
}
