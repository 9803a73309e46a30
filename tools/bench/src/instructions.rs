//! Instructions, counted by valgrind's callgrind: the same on a fast machine and on a slow one.
//! On another kind of processor they may differ, where libraries choose among their routines.
//!
//! Under valgrind a function is so slow that its timeouts would pass on some machines, and the
//! retries would be counted. So strace stops its clock.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::NamedTempFile;

use crate::{bootstrap::Bootstrap, markdown, table::Table};

const WARM_INVOCATIONS: u64 = 100;

/// What each function may cost at most, by its name.
type Budgets = BTreeMap<String, BTreeMap<String, u64>>;

/// Counts the instructions of a cold start over TLS, from the start of the process to the end of
/// its first invocation, and of one warm invocation over plain HTTP. Fails over a budget.
pub(crate) async fn run() -> Result<()> {
    let (tls, plain) = (Table::over_tls(0).await?, Table::plain().await?);
    let budgets: Budgets =
        serde_json::from_str(include_str!("../budgets.json")).context("budgets.json")?;
    let mut report = markdown("function | what | is | budget");
    let mut is_over = false;
    for function in Bootstrap::functions() {
        let cold = least(&function, &tls, 1).await?;
        let first = least(&function, &plain, 1).await?;
        let all = least(&function, &plain, 1 + WARM_INVOCATIONS).await?;
        let warm = all.saturating_sub(first) / WARM_INVOCATIONS;
        let size = function.size().context("no binary")?;
        let budget = budgets.get(function.name).context("a function without a budget")?;
        for (what, is) in
            [("cold_instructions", cold), ("warm_instructions", warm), ("binary_bytes", size)]
        {
            let may_be = budget.get(what).context(what)?;
            report.add_row([function.name, what, &is.to_string(), &may_be.to_string()]);
            is_over |= is > *may_be;
        }
    }
    println!("{report}");
    ensure!(!is_over, "over a budget");
    Ok(())
}

/// The least of three runs: random keys, signatures and hashes make a difference, of at most 1.5 %.
async fn least(function: &Bootstrap, table: &Table, invocations: u64) -> Result<u64> {
    let mut least = u64::MAX;
    for _ in 0..3 {
        least = least.min(count(function, table, invocations).await?);
    }
    Ok(least)
}

async fn count(function: &Bootstrap, table: &Table, invocations: u64) -> Result<u64> {
    let profile = NamedTempFile::new()?;
    let out = format!("--callgrind-out-file={}", profile.path().display());
    let clock = stopped_clock()?;
    let mut command = vec![program("strace")?];
    let options = ["--follow-forks", "--output=/dev/null", "--trace=clock_gettime", &clock];
    command.extend(options.map(PathBuf::from));
    command.push(program("valgrind")?);
    command.extend(["--tool=callgrind", "--quiet", &out].map(PathBuf::from));
    command.extend(function.command.clone());
    let mut process = Bootstrap { name: function.name, command }.start(table).await?;
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
    which::which(name).with_context(|| format!("{name} is needed to count"))
}

/// strace's option that makes every clock show the time of now: 64 bits of seconds and 64 of
/// nanoseconds in the memory that `clock_gettime` has just written.
fn stopped_clock() -> Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let bytes = u128::from(now).swap_bytes();
    Ok(format!("--inject=clock_gettime:poke_exit=@arg2={bytes:032x}"))
}
