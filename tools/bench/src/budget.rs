//! What the functions may cost at most.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::instructions::Count;

#[derive(Deserialize)]
struct Budget {
    cold_instructions: u64,
    warm_instructions: u64,
    binary_bytes: u64,
}

/// Fails where a count is over its budget (`budgets.json`), and names it.
pub(crate) fn check(counts: &[Count]) -> Result<()> {
    let budgets: BTreeMap<String, Budget> =
        serde_json::from_str(include_str!("../budgets.json")).context("budgets.json")?;
    for count in counts {
        let budget = budgets.get(&count.function).context("a function without a budget")?;
        for (what, is, may_be) in [
            ("instructions of a cold start", count.cold, budget.cold_instructions),
            ("instructions of a warm invocation", count.warm, budget.warm_instructions),
            ("bytes of the binary", count.size, budget.binary_bytes),
        ] {
            ensure!(is <= may_be, "{}: {is} {what}, over the budget of {may_be}", count.function);
        }
    }
    Ok(())
}
