//! What was found.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use super::{clients::Tally, processes::Sample};
use crate::growth::{self, Growth};

/// The connection to the table may be open or not.
const MAX_MORE_FILES: usize = 1;

/// What was found.
pub(crate) struct Findings {
    pub(crate) tally: Tally,
    /// How many execution environments the functions had.
    pub(crate) environments: usize,
    /// The number of faults, by name.
    pub(crate) faults: BTreeMap<&'static str, u64>,
    /// The gateway's log about functions that ended without being killed, hung, or responded with
    /// something that is not a response.
    pub(crate) broken: Vec<String>,
    /// Processes that are left over.
    pub(crate) leaked_processes: usize,
    /// Open files and connections of this process that are left over.
    pub(crate) leaked_files: usize,
    /// The observed processes after the first faults.
    pub(crate) early: Vec<Sample>,
    /// The same processes at the end.
    pub(crate) late: Vec<Sample>,
}

impl Findings {
    /// Fails if something is wrong, and says what.
    pub(crate) fn check(&self) -> Result<()> {
        let Self { tally, broken, leaked_processes, leaked_files, .. } = self;
        ensure!(tally.wrong.is_empty(), "wrong responses, such as\n{}", tally.examples.join("\n"));
        ensure!(broken.is_empty(), "functions that failed by themselves:\n{}", broken.join("\n"));
        ensure!(*leaked_processes == 0, "{leaked_processes} processes are left over");
        ensure!(*leaked_files == 0, "{leaked_files} open files or connections are left over");
        for (early, late) in self.early.iter().zip(&self.late) {
            let name = early.function.to_owned();
            ensure!(late.files > 0, "{name} ended by itself");
            ensure!(
                late.files <= early.files + MAX_MORE_FILES,
                "{name} had {} open files and connections, and later {}",
                early.files,
                late.files
            );
            growth::check(&Growth { name, early: early.memory, late: late.memory })?;
        }
        Ok(())
    }
}
