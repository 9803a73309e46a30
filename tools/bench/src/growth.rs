//! Whether memory grows.

use anyhow::{Result, ensure};

use crate::{bootstrap::Bootstrap, procfs::memory, table::Table};

const EARLY: u64 = 1_000;
const INVOCATIONS: u64 = 100_000;
const MAX_GROWTH_PERCENT: u64 = 5;

/// Invokes one process of each function, and fails if its memory has grown.
pub(crate) async fn run() -> Result<()> {
    let table = Table::over_tls(0).await?;
    for function in Bootstrap::functions() {
        let mut process = function.start(&table).await?;
        for _ in 0..EARLY {
            process.invoke().await?;
        }
        let early = memory(process.id()?, "VmRSS:")?;
        for _ in EARLY..INVOCATIONS {
            process.invoke().await?;
        }
        let late = memory(process.id()?, "VmRSS:")?;
        let name = function.name;
        println!("{name}: {early} KiB after {EARLY} invocations, {late} after {INVOCATIONS}");
        check(name, early, late)?;
    }
    Ok(())
}

/// Fails if so many KiB became more than five percent more.
pub(crate) fn check(name: &str, early: u64, late: u64) -> Result<()> {
    let most = early * (100 + MAX_GROWTH_PERCENT) / 100;
    ensure!(late <= most, "{name} grew from {early} KiB to {late} KiB");
    Ok(())
}
