//! Instructions, counted by valgrind's callgrind: the same on an idle machine and on a busy one.

use std::{ffi::OsStr, fs};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;
use tokio::process::Command;

use crate::{function::Function, stub::Table};

const WARM_INVOCATIONS: u64 = 100;

/// The instructions of one function.
pub(crate) struct Count {
    pub(crate) function: &'static str,
    /// From the start of the process to the end of its first invocation.
    pub(crate) cold: u64,
    /// Of one invocation more.
    pub(crate) warm: u64,
    /// Bytes of the binary.
    pub(crate) size: u64,
}

/// Counts a cold start, and the mean of a hundred warm invocations.
pub(crate) async fn count(function: &Function, table: &Table) -> Result<Count> {
    let cold = least(function, table, 1).await?;
    let all = least(function, table, 1 + WARM_INVOCATIONS).await?;
    let size = fs::metadata(&function.binary)?.len();
    let warm = all.saturating_sub(cold) / WARM_INVOCATIONS;
    Ok(Count { function: function.name, cold, warm, size })
}

/// The least of three runs: under valgrind a first connection may be so slow that the function
/// gives it up and makes another.
async fn least(function: &Function, table: &Table, invocations: u64) -> Result<u64> {
    let mut least = u64::MAX;
    for _ in 0..3 {
        least = least.min(run(function, table, invocations).await?);
    }
    Ok(least)
}

async fn run(function: &Function, table: &Table, invocations: u64) -> Result<u64> {
    let profile = NamedTempFile::new()?;
    let out = format!("--callgrind-out-file={}", profile.path().display());
    let wrapper = ["valgrind", "--tool=callgrind", "--quiet", &out].map(OsStr::new);
    let mut process = function.start(table, &wrapper).await?;
    for _ in 0..invocations {
        process.invoke().await?;
    }
    // An interrupt, since callgrind writes nothing where it is killed.
    let id = process.child.id().context("it has ended")?.to_string();
    Command::new("kill").args(["-INT", &id]).status().await?;
    process.child.wait().await?;
    let profile = fs::read_to_string(&profile)?;
    let totals = profile.lines().find_map(|line| line.strip_prefix("totals: "));
    totals.and_then(|count| count.trim().parse().ok()).context("callgrind counted nothing")
}
