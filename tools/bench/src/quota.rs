//! Processor time as Lambda gives it: in proportion to the memory.
//!
//! Lambda's guide, "Configure Lambda function memory": 1,769 MB have one processor. Others have
//! measured that the share is dealt out every 20 ms; AWS does not say. The init phase has a whole
//! processor, so a process is put under its quota when it requests its first event.

use std::{fs, path::PathBuf, process, time::Duration};

use anyhow::{Context, Result};

/// How often the share is dealt out.
pub(crate) const PERIOD: Duration = Duration::from_millis(20);
const MEGABYTES_OF_ONE_PROCESSOR: u128 = 1_769;

/// A control group with a quota. To make it needs root.
pub(crate) struct Quota {
    folder: PathBuf,
}

impl Quota {
    /// The quota of a function with so much memory.
    pub(crate) fn new(megabytes: u64) -> Result<Self> {
        let period = PERIOD.as_micros();
        let quota = period * u128::from(megabytes) / MEGABYTES_OF_ONE_PROCESSOR;
        // Where version 1 has its controllers mounted, version 2 has no say over them.
        let first = PathBuf::from("/sys/fs/cgroup/cpu");
        let name = format!("credira-measure-{}-{megabytes}", process::id());
        let (folder, settings) = if first.is_dir() {
            let settings = [
                ("cpu.cfs_period_us", period.to_string()),
                ("cpu.cfs_quota_us", quota.to_string()),
            ];
            (first.join(name), settings.to_vec())
        } else {
            let settings = [("cpu.max", format!("{quota} {period}"))];
            (PathBuf::from("/sys/fs/cgroup").join(name), settings.to_vec())
        };
        let this = Self { folder };
        fs::create_dir_all(&this.folder)
            .and_then(|()| {
                settings.iter().try_for_each(|(file, text)| fs::write(this.folder.join(file), text))
            })
            .with_context(|| {
                format!(
                    "{} cannot be made: a quota needs root, and control groups with `cpu`",
                    this.folder.display()
                )
            })?;
        Ok(this)
    }

    /// Puts a process under the quota.
    pub(crate) fn limit(&self, process: u32) -> Result<()> {
        Ok(fs::write(self.folder.join("cgroup.procs"), process.to_string())?)
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        // It is busy as long as a process in it has not been reaped.
        let _ = fs::remove_dir(&self.folder);
    }
}
