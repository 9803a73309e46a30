//! The functions' processes.

use anyhow::{Context, Result};
use credira_local::Stack;
use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};

use crate::procfs::{children, open_files, resident_memory};

const FUNCTIONS: [(&str, &str); 2] =
    [("get-user", "GetUserFunction"), ("authorizer", "AuthorizerFunction")];

/// The processes. One of each function is never killed, so that it can be observed for the whole
/// time.
pub(crate) struct Processes {
    observed: Vec<(&'static str, u32)>,
}

/// What an observed process has.
pub(crate) struct Sample {
    pub(crate) function: &'static str,
    /// Resident memory, in KiB.
    pub(crate) memory: u64,
    /// Open files and connections.
    pub(crate) files: usize,
}

impl Processes {
    /// Of a stack that has had no request yet, and so has one process of each function.
    pub(crate) fn of(stack: &Stack) -> Result<Self> {
        let observed = FUNCTIONS.map(|(name, logical_id)| {
            let function = stack.function(logical_id).context(logical_id)?;
            Ok((name, *function.idle_processes().first().context("no process")?))
        });
        Ok(Self { observed: observed.into_iter().collect::<Result<_>>()? })
    }

    /// Kills one at random, if there are others than the observed ones.
    pub(crate) fn kill_one(&self, rng: &mut Rng) -> Result<bool> {
        let mut processes = children()?;
        processes.retain(|process| !self.observed.iter().any(|(_, observed)| observed == process));
        let process =
            rng.choice(processes).and_then(|process| Pid::from_raw(process.cast_signed()));
        // It may have been killed before, and not be gone yet.
        Ok(process.is_some_and(|process| kill_process(process, Signal::KILL).is_ok()))
    }

    /// What the observed processes have now. One that has ended has nothing.
    pub(crate) fn sample(&self) -> Vec<Sample> {
        let sample = |(function, process): &(&'static str, u32)| Sample {
            function,
            memory: resident_memory(*process).unwrap_or_default(),
            files: open_files(*process).unwrap_or_default(),
        };
        self.observed.iter().map(sample).collect()
    }
}
