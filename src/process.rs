//! A function's process, from start to end.

use std::{process::ExitCode, time::Instant};

use lambda_runtime::Error;

use crate::log;

/// Runs a function on one thread until Lambda ends the process. `serve` gets the time at which the
/// process started. An error is logged and ends the process with a failure.
pub fn run(serve: impl AsyncFnOnce(Instant) -> Result<(), Error>) -> ExitCode {
    match run_to_end(serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error("stopped", None, &*error);
            ExitCode::FAILURE
        }
    }
}

fn run_to_end(serve: impl AsyncFnOnce(Instant) -> Result<(), Error>) -> Result<(), Error> {
    let started = Instant::now();
    log::panics(None);
    log::init()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(serve(started));
    // Without waiting for a DNS lookup that is still running.
    runtime.shutdown_background();
    outcome
}
