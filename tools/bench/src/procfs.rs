//! What proc(5) says of a process.

use std::{fs, time::Duration};

use anyhow::{Context, Result};

/// User and system time so far of all threads that live (`schedstat`: nanoseconds).
pub(crate) fn processor_time(process: u32) -> Result<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        // One may end while they are being counted.
        let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        nanoseconds += text.split(' ').next().context("schedstat")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// KiB of memory: resident now (`VmRSS:`) or at most so far (`VmHWM:`).
pub(crate) fn memory(process: u32, name: &'static str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context(name)?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// This process's children.
pub(crate) fn children() -> Result<Vec<u32>> {
    let mut children = Vec::new();
    for thread in fs::read_dir("/proc/self/task")? {
        let text = fs::read_to_string(thread?.path().join("children"))?;
        for child in text.split_whitespace() {
            children.push(child.parse()?);
        }
    }
    Ok(children)
}

/// The number of open files of a process, connections included.
pub(crate) fn open_files(process: u32) -> Result<usize> {
    Ok(fs::read_dir(format!("/proc/{process}/fd"))?.count())
}
