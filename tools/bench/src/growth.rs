//! Whether a process grows.

use anyhow::{Result, ensure};
use indicatif::ProgressBar;

use crate::{bootstrap::Bootstrap, procfs::resident_memory, stub::Table};

const EARLY: u64 = 1_000;
const MAX_GROWTH_PERCENT: u64 = 5;

/// Resident memory of one process, in KiB.
pub(crate) struct Growth {
    pub(crate) name: String,
    /// After 1,000 invocations.
    pub(crate) early: u64,
    /// After all of them.
    pub(crate) late: u64,
}

/// Invokes one process so many times.
pub(crate) async fn measure(
    bootstrap: &Bootstrap,
    table: &Table,
    invocations: u64,
) -> Result<Growth> {
    let mut process = bootstrap.start(table, &[]).await?;
    let bar = ProgressBar::new(invocations);
    let mut early = 0;
    for count in 1..=invocations {
        process.invoke().await?;
        if count == EARLY {
            early = resident_memory(process.id()?)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let late = resident_memory(process.id()?)?;
    Ok(Growth { name: bootstrap.name.clone(), early, late })
}

/// Fails if the process grew by more than five percent.
pub(crate) fn check(Growth { name, early, late }: &Growth) -> Result<()> {
    let most = early * (100 + MAX_GROWTH_PERCENT) / 100;
    ensure!(*late <= most, "{name} grew from {early} KiB to {late} KiB");
    Ok(())
}
