//! Processor time as Lambda gives it: in proportion to the memory.
//!
//! Lambda's guide, "Configure Lambda function memory": 1,769 MB have one processor. Others have
//! measured that the share is dealt out every 20 ms; AWS does not say. The init phase has a whole
//! processor, so a process is put under its quota when it requests its first event.

use std::{fs, path::PathBuf, process, time::Duration};

use anyhow::{Context, Result};

/// How often the share is dealt out.
pub(super) const PERIOD: Duration = Duration::from_millis(20);
const MEGABYTES_OF_ONE_PROCESSOR: u128 = 1_769;
/// Where version 1 of control groups has its controllers mounted, version 2 has no say over them.
const VERSION_1: &str = "/sys/fs/cgroup/cpu";
const VERSION_2: &str = "/sys/fs/cgroup";

/// A control group with the quota of a function with so much memory.
pub(super) struct Quota {
    pub(super) megabytes: u64,
    folder: PathBuf,
}

impl Quota {
    /// Makes the group, which needs root.
    pub(super) fn new(megabytes: u64) -> Result<Self> {
        let period = PERIOD.as_micros();
        let quota = period * u128::from(megabytes) / MEGABYTES_OF_ONE_PROCESSOR;
        let (root, files) = if PathBuf::from(VERSION_1).is_dir() {
            let period = ("cpu.cfs_period_us", period.to_string());
            (VERSION_1, vec![period, ("cpu.cfs_quota_us", quota.to_string())])
        } else {
            (VERSION_2, vec![("cpu.max", format!("{quota} {period}"))])
        };
        let folder = PathBuf::from(root).join(format!("measure-{}-{megabytes}", process::id()));
        fs::create_dir(&folder).context("a quota needs root")?;
        let this = Self { megabytes, folder };
        for (file, text) in files {
            fs::write(this.folder.join(file), text).context("a control group without `cpu`")?;
        }
        Ok(this)
    }

    /// Puts a process under the quota.
    pub(super) fn limit(&self, process: u32) -> Result<()> {
        Ok(fs::write(self.folder.join("cgroup.procs"), process.to_string())?)
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        // It is busy as long as a process in it has not been reaped.
        let _ = fs::remove_dir(&self.folder);
    }
}
