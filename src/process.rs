//! A function's process, from start to end.

use std::process::ExitCode;

use lambda_http::lambda_runtime::Error;

use crate::log;

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
    // As a task: what the runtime blocks on is woken by way of the operating system.
    let outcome = runtime.block_on(runtime.spawn(function));
    // Without a wait for a name that is still being looked up.
    runtime.shutdown_background();
    outcome?
}
