//! An execution environment of a function: one process of its binary.

use std::{
    io,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use axum::body::Bytes;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    task::JoinHandle,
    time::timeout,
};

use super::{
    REGION,
    function_log::FunctionLog,
    runtime_api::{Outcome, RuntimeApi},
};

/// Longer than the functions take in the worst case, shorter than the gateway waits (29 s).
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long the last lines of a process that ended may take to arrive.
const LAST_LINES_TIMEOUT: Duration = Duration::from_millis(500);

/// An execution environment. Its process is killed when this is dropped.
pub(crate) struct Environment {
    process: Process,
    runtime_api: RuntimeApi,
    /// Whether it has not had an event yet: the first one is a cold start.
    pub(crate) is_cold: bool,
}

struct Process {
    child: Child,
    /// Ends with the process's standard output.
    output: Option<JoinHandle<()>>,
}

/// Why an invocation has no response. The function's name belongs before each text.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The binary cannot be run.
    #[error("cannot be run: {0}")]
    Start(#[from] io::Error),
    /// The function takes no events any more.
    #[error("is stopped")]
    Stopped,
    /// The event is longer than Lambda's events can be.
    #[error("cannot get an event of over 6 MB")]
    TooLarge,
    /// The process ended.
    #[error("ended ({0}) before it responded")]
    Ended(ExitStatus),
    /// The process did not respond in time, and was ended.
    #[error("did not respond within {TIMEOUT:?}")]
    TimedOut,
    /// The function reported an error.
    #[error("reported an error")]
    Reported {
        /// Its report, with `errorType` and `errorMessage`.
        report: Value,
    },
}

impl Environment {
    /// Starts `binary` with the variables that Lambda sets, and then `variables`. Its standard output
    /// is the log. Returns when the process waits for its first event: Lambda's init phase is over.
    pub(crate) async fn start(
        binary: &Path,
        variables: &[(&'static str, String)],
        log: FunctionLog,
    ) -> Result<Self, InvokeError> {
        let mut runtime_api = RuntimeApi::serve(&log.function).await?;
        let mut child = Command::new(binary)
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
        let output = child.stdout.take().map(|output| tokio::spawn(read_lines(output, log)));
        let mut process = Process { child, output };
        process.wait_for(runtime_api.ready()).await?;
        Ok(Self { process, runtime_api, is_cold: true })
    }

    /// Gives the process an event. `id` is the invocation's request ID.
    pub(crate) async fn invoke(&mut self, id: &str, event: Bytes) -> Result<Outcome, InvokeError> {
        self.is_cold = false;
        let invocation = self.runtime_api.invoke_with_id(id, event, TIMEOUT);
        self.process.wait_for(invocation).await?.ok_or(InvokeError::Stopped)
    }

    /// The process's ID, unless it has ended.
    pub(crate) fn process_id(&self) -> Option<u32> {
        self.process.child.id()
    }

    /// Whether the process still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.process.child.try_wait(), Ok(None))
    }

    /// Ends the process, and waits until it is gone.
    pub(crate) async fn stop(mut self) {
        // Fails only if the process has ended already.
        let _ = self.process.child.kill().await;
    }
}

impl Process {
    /// Waits for something that the process does, unless it ends or takes too long.
    async fn wait_for<T>(&mut self, future: impl Future<Output = T>) -> Result<T, InvokeError> {
        let status = tokio::select! {
            biased;
            done = timeout(TIMEOUT, future) => return done.map_err(|_| InvokeError::TimedOut),
            status = self.child.wait() => status?,
        };
        // Its last lines usually say why it ended.
        if let Some(output) = self.output.take() {
            let _ = timeout(LAST_LINES_TIMEOUT, output).await;
        }
        Err(InvokeError::Ended(status))
    }
}

async fn read_lines(output: ChildStdout, log: FunctionLog) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        log.write(line);
    }
}
