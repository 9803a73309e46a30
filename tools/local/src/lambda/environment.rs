//! An execution environment of a function: one process of its binary.

use std::{
    io,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use axum::body::Bytes;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    task::JoinHandle,
    time::timeout,
};

use super::{
    REGION,
    function_log::FunctionLog,
    invoke_error::{InvokeError, TIMEOUT},
    runtime_api::{Outcome, RuntimeApi},
};

/// How long the last lines of a process that ended may take to arrive.
const LAST_LINES_TIMEOUT: Duration = Duration::from_millis(500);

/// An execution environment. Its process is killed when this is dropped.
pub(crate) struct Environment {
    process: Child,
    runtime_api: RuntimeApi,
    /// Ends with the process's standard output.
    output: Option<JoinHandle<()>>,
    /// Whether it has not had an event yet: the first one is a cold start.
    pub(crate) is_cold: bool,
    /// Which of the function's binaries it runs.
    pub(crate) generation: usize,
}

impl Environment {
    /// Starts `binary` with the variables that Lambda sets, and then `variables`. Its standard output
    /// is the log.
    pub(crate) async fn start(
        binary: &Path,
        variables: &[(&'static str, String)],
        log: FunctionLog,
        generation: usize,
    ) -> Result<Self, InvokeError> {
        let runtime_api = RuntimeApi::serve(&log.function).await?;
        let mut process = Command::new(binary)
            // Nothing of the developer's own environment, and no real credentials.
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_NAME", &log.function)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api.address.to_string())
            .env("AWS_REGION", REGION)
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_SESSION_TOKEN", "local")
            .envs(variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().map(|output| tokio::spawn(read_lines(output, log)));
        Ok(Self { process, runtime_api, output, is_cold: true, generation })
    }

    /// Returns when the process waits for its first event: Lambda's init phase is over.
    pub(crate) async fn ready(&mut self) -> Result<(), InvokeError> {
        tokio::select! {
            ready = timeout(TIMEOUT, self.runtime_api.ready()) => {
                ready.map_err(|_| InvokeError::TimedOut)
            }
            status = self.process.wait() => Err(self.ended(status).await),
        }
    }

    /// Gives the process an event. `id` is the invocation's request ID.
    pub(crate) async fn invoke(&mut self, id: &str, event: Bytes) -> Result<Outcome, InvokeError> {
        self.is_cold = false;
        let invocation = self.runtime_api.invoke_with_id(id.to_owned(), event, TIMEOUT);
        tokio::select! {
            biased;
            outcome = timeout(TIMEOUT, invocation) => match outcome {
                Ok(Some(outcome)) => Ok(outcome),
                _ => Err(InvokeError::TimedOut),
            },
            status = self.process.wait() => Err(self.ended(status).await),
        }
    }

    /// The process's ID, unless it has ended.
    pub(crate) fn process_id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Whether the process still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Ends the process, and waits until it is gone.
    pub(crate) async fn stop(mut self) {
        // Fails only if the process has ended already.
        let _ = self.process.kill().await;
    }

    /// Waits for the process's last lines, which usually say why it ended.
    async fn ended(&mut self, status: io::Result<ExitStatus>) -> InvokeError {
        if let Some(output) = self.output.take() {
            let _ = timeout(LAST_LINES_TIMEOUT, output).await;
        }
        status.map_or_else(InvokeError::Start, InvokeError::Ended)
    }
}

async fn read_lines(output: ChildStdout, log: FunctionLog) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        log.write(&line);
    }
}
