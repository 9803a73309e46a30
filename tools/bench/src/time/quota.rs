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
        // Where version 1 has its controllers mounted, version 2 has no say over them.
        let first = PathBuf::from("/sys/fs/cgroup/cpu");
        let is_first = first.is_dir();
        let root = if is_first { first } else { "/sys/fs/cgroup".into() };
        let folder = root.join(format!("credira-measure-{}-{megabytes}", process::id()));
        let this = Self { megabytes, folder };
        let write = |file, text| fs::write(this.folder.join(file), text);
        fs::create_dir(&this.folder)
            .and_then(|()| {
                if is_first {
                    write("cpu.cfs_period_us", period.to_string())?;
                    write("cpu.cfs_quota_us", quota.to_string())
                } else {
                    write("cpu.max", format!("{quota} {period}"))
                }
            })
            .context("a quota needs root, and control groups with `cpu`")?;
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
