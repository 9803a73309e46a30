//! Whether a process grows.

use anyhow::{Result, ensure};
use indicatif::ProgressBar;

use crate::{bootstrap::Bootstrap, markdown, procfs::resident_memory, stub::Table};

const EARLY: u64 = 1_000;
const INVOCATIONS: u64 = 100_000;
const MAX_GROWTH_PERCENT: u64 = 5;

/// Invokes one process of each function, and fails if its memory has grown.
pub(crate) async fn run() -> Result<()> {
    let table = Table::over_tls(0).await?;
    let mut report = markdown(&["function", "KiB after 1,000 invocations", "KiB after all"]);
    let mut all = Vec::new();
    for function in Bootstrap::functions() {
        let mut process = function.start(&table, &[]).await?;
        let bar = ProgressBar::new(INVOCATIONS);
        let mut early = 0;
        for count in 1..=INVOCATIONS {
            process.invoke().await?;
            if count == EARLY {
                early = resident_memory(process.id()?)?;
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        let late = resident_memory(process.id()?)?;
        report.add_row([function.name.clone(), early.to_string(), late.to_string()]);
        all.push((function.name, early, late));
    }
    println!("{report}");
    all.iter().try_for_each(|(name, early, late)| check(name, *early, *late))
}

/// Fails if so many KiB became more than five percent more.
pub(crate) fn check(name: &str, early: u64, late: u64) -> Result<()> {
    let most = early * (100 + MAX_GROWTH_PERCENT) / 100;
    ensure!(late <= most, "{name} grew from {early} KiB to {late} KiB");
    Ok(())
}
