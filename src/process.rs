//! A function's process, from start to end.

use std::{process::ExitCode, time::Duration};

use lambda_http::lambda_runtime::Error;
use tokio::time::sleep;

use crate::log;

/// Less than a request may take.
const BEAT: Duration = Duration::from_millis(500);

/// Runs a function on one thread until Lambda ends the process. What goes wrong is logged, and
/// fails the process.
pub fn run(function: impl Future<Output = Result<(), Error>> + Send + 'static) -> ExitCode {
    match run_to_end(function) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::stopped(&*error);
            ExitCode::FAILURE
        }
    }
}

fn run_to_end(
    function: impl Future<Output = Result<(), Error>> + Send + 'static,
) -> Result<(), Error> {
    log::init()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.spawn(beat());
    // As a task: what the runtime blocks on is woken by way of the operating system.
    let outcome = runtime.block_on(runtime.spawn(function));
    // Without a wait for a name that is still being looked up.
    runtime.shutdown_background();
    outcome?
}

/// Keeps a timer set that is due before all others. tokio wakes itself up for a timer that becomes
/// the next to be due, and a request sets two: that would be three system calls more.
async fn beat() {
    loop {
        sleep(BEAT).await;
    }
}
