//! A function's process, from start to end.

use std::{
    panic,
    process::ExitCode,
    sync::OnceLock,
    time::{Duration, Instant},
};

use lambda_runtime::Error;

use crate::log::{self, Level};

static STARTED: OnceLock<Instant> = OnceLock::new();

/// Runs a function on one thread until Lambda ends the process. An error is logged and ends the
/// process with a failure.
pub fn run(function: impl Future<Output = Result<(), Error>>) -> ExitCode {
    STARTED.get_or_init(Instant::now);
    match run_to_end(function) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error(Level::Error, "stopped", &*error);
            ExitCode::FAILURE
        }
    }
}

/// The time since the process started.
pub(crate) fn uptime() -> Duration {
    STARTED.get().map_or(Duration::ZERO, Instant::elapsed)
}

fn run_to_end(function: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    panic::set_hook(Box::new(log::panic));
    log::init()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(function);
    // Without waiting for a DNS lookup that is still running.
    runtime.shutdown_background();
    outcome
}
