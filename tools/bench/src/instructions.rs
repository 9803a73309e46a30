//! Instructions, counted by valgrind's callgrind: the same on an idle machine and on a busy one.
//! On another kind of processor they may differ, where libraries choose among their routines.

use std::{ffi::OsStr, fs};

use anyhow::{Context, Result, anyhow};
use tempfile::NamedTempFile;
use tokio::process::Command;

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

/// The least of five runs. Under valgrind everything takes so long that on a busy machine a
/// connection or a request may time out: then the function tries again, or the run fails.
async fn least(function: &Bootstrap, table: &Table, invocations: u64) -> Result<u64> {
    let mut counts = Vec::new();
    let mut last_error = None;
    for _ in 0..5 {
        match run(function, table, invocations).await {
            Ok(count) => counts.push(count),
            Err(error) => last_error = Some(error),
        }
    }
    counts.into_iter().min().ok_or_else(|| last_error.unwrap_or_else(|| anyhow!("no run")))
}

async fn run(function: &Bootstrap, table: &Table, invocations: u64) -> Result<u64> {
    let profile = NamedTempFile::new()?;
    let out = format!("--callgrind-out-file={}", profile.path().display());
    let wrapper = ["valgrind", "--tool=callgrind", "--quiet", &out].map(OsStr::new);
    let mut process = function.start(table, &wrapper).await?;
    for _ in 0..invocations {
        process.invoke().await?;
    }
    // Asked to end, since callgrind writes nothing where it is killed.
    let id = process.id()?.to_string();
    Command::new("kill").args(["-TERM", &id]).status().await?;
    process.child.wait().await?;
    let profile = fs::read_to_string(&profile)?;
    let totals = profile.lines().find_map(|line| line.strip_prefix("totals: "));
    totals.and_then(|count| count.trim().parse().ok()).context("callgrind counted nothing")
}
