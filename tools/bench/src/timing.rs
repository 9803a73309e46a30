//! Time, processor time and memory.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use indicatif::ProgressBar;

use crate::{function::Function, stub::Table};

/// What was seen of one function, over all of its processes.
pub(crate) struct Times {
    pub(crate) function: &'static str,
    /// From the start of a process until it asks for an event.
    pub(crate) init: Vec<Duration>,
    /// From the first event to its answer.
    pub(crate) first: Vec<Duration>,
    /// Each warm invocation.
    pub(crate) warm: Vec<Duration>,
    /// Processor time of a warm invocation, the mean of each process.
    pub(crate) processor: Vec<Duration>,
    /// Peak resident memory of each process, in KiB.
    pub(crate) memory: Vec<u64>,
    /// Bytes of the binary.
    pub(crate) size: u64,
}

/// Runs the functions in turn, so that whatever else the machine does meets them alike.
pub(crate) async fn measure(
    functions: &[Function],
    table: &Table,
    rounds: usize,
    invocations: usize,
) -> Result<Vec<Times>> {
    let mut results = Vec::new();
    for function in functions {
        let size = fs::metadata(&function.binary).with_context(|| {
            format!("{} is not there: `cargo build --release` first", function.binary.display())
        })?;
        results.push(Times {
            function: function.name,
            init: vec![],
            first: vec![],
            warm: vec![],
            processor: vec![],
            memory: vec![],
            size: size.len(),
        });
    }
    let bar = ProgressBar::new((rounds * functions.len()) as u64);
    for _ in 0..rounds {
        for (function, times) in functions.iter().zip(&mut results) {
            run(function, table, invocations, times).await?;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(results)
}

async fn run(
    function: &Function,
    table: &Table,
    invocations: usize,
    times: &mut Times,
) -> Result<()> {
    let started = Instant::now();
    let mut process = function.start(table, &[]).await?;
    process.ready().await;
    times.init.push(started.elapsed());
    let started = Instant::now();
    process.invoke().await?;
    times.first.push(started.elapsed());

    let id = process.child.id().context("it has ended")?;
    let before = processor_time(id)?;
    for _ in 0..invocations {
        let started = Instant::now();
        process.invoke().await?;
        times.warm.push(started.elapsed());
    }
    let spent = processor_time(id)?.saturating_sub(before);
    times.processor.push(spent / u32::try_from(invocations)?.max(1));
    times.memory.push(peak_memory(id)?);
    Ok(())
}

/// User and system time of all threads so far (`schedstat` of proc(5): nanoseconds).
fn processor_time(process: u32) -> Result<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().context("schedstat")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// `VmHWM` of proc(5), in KiB.
fn peak_memory(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
