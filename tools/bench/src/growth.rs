//! Whether a process grows.

use anyhow::{Result, ensure};

use crate::{bootstrap::Bootstrap, markdown, procfs::memory, table::Table};

const EARLY: u64 = 1_000;
const INVOCATIONS: u64 = 100_000;
const MAX_GROWTH_PERCENT: u64 = 5;

/// Invokes one process of each function, and fails if its memory has grown.
pub(crate) async fn run() -> Result<()> {
    let table = Table::over_tls(0).await?;
    let mut report = markdown("function | KiB after 1,000 invocations | KiB after all");
    let mut all = Vec::new();
    for function in Bootstrap::functions() {
        eprintln!("invoking {} {INVOCATIONS} times", function.name);
        let mut process = function.start(&table, &[]).await?;
        for _ in 0..EARLY {
            process.invoke().await?;
        }
        let early = memory(process.id()?, "VmRSS:")?;
        for _ in EARLY..INVOCATIONS {
            process.invoke().await?;
        }
        let late = memory(process.id()?, "VmRSS:")?;
        report.add_row([function.name, &early.to_string(), &late.to_string()]);
        all.push((function.name, early, late));
    }
    println!("{report}");
    all.into_iter().try_for_each(|(name, early, late)| check(name, early, late))
}

/// Fails if so many KiB became more than five percent more.
pub(crate) fn check(name: &str, early: u64, late: u64) -> Result<()> {
    let most = early * (100 + MAX_GROWTH_PERCENT) / 100;
    ensure!(late <= most, "{name} grew from {early} KiB to {late} KiB");
    Ok(())
}
