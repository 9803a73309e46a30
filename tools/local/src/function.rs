//! A Lambda function: its execution environments, each a process of the real binary.

use std::{
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::body::Bytes;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::Semaphore,
    time::timeout,
};

use crate::runtime_api::RuntimeApi;

/// As many environments as a developer's machine can bear; further requests wait.
const MAX_ENVIRONMENTS: usize = 4;
const MEMORY_MB: &str = "128";
/// Longer than the functions take in the worst case, shorter than the gateway waits (29 s).
const TIMEOUT: Duration = Duration::from_secs(10);

/// Takes what a function writes to its standard output, line by line.
pub type LogSink = std::sync::Arc<dyn Fn(&str, &str) + Send + Sync>;

/// A function that can be invoked.
pub struct Function {
    name: String,
    binary: PathBuf,
    variables: Vec<(&'static str, String)>,
    log: LogSink,
    idle: Mutex<Vec<Environment>>,
    free: Semaphore,
}

/// Why an invocation gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The binary cannot be run.
    #[error("{name} cannot be run: {source}")]
    Start {
        /// The function's name.
        name: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The function was stopped.
    #[error("{0} is stopped")]
    Stopped(String),
    /// The process ended before it answered.
    #[error("{0} ended ({1}) before it answered")]
    Ended(String, ExitStatus),
    /// The process did not answer in time, and was ended.
    #[error("{0} did not answer within {TIMEOUT:?}")]
    TimedOut(String),
    /// The function reported an error.
    #[error("{name} reported an error")]
    Reported {
        /// The function's name.
        name: String,
        /// Its report, with `errorType` and `errorMessage`.
        report: Value,
    },
    /// The answer is no JSON.
    #[error("{0} answered with something that is no JSON")]
    NoJson(String),
}

struct Environment {
    process: Child,
    runtime_api: RuntimeApi,
}

impl Function {
    /// A function that runs `binary` with `variables`, beside those that Lambda sets.
    pub fn new(
        name: &str,
        binary: PathBuf,
        variables: Vec<(&'static str, String)>,
        log: LogSink,
    ) -> Self {
        Self {
            name: name.to_owned(),
            binary,
            variables,
            log,
            idle: Mutex::new(Vec::new()),
            free: Semaphore::new(MAX_ENVIRONMENTS),
        }
    }

    /// Starts one environment ahead of the first request, and waits until it can take one.
    pub async fn warm_up(&self) -> Result<(), InvokeError> {
        let mut environment = self.start().await?;
        let Environment { process, runtime_api } = &mut environment;
        tokio::select! {
            ready = timeout(TIMEOUT, runtime_api.ready()) => {
                ready.map_err(|_| InvokeError::TimedOut(self.name.clone()))?;
            }
            status = process.wait() => return Err(self.ended(status)),
        }
        self.put_back(environment);
        Ok(())
    }

    /// Gives the event to an idle environment, or to a new one where none is. As in Lambda, an
    /// environment that fails other than by its own report is not used again.
    pub async fn invoke(&self, event: &Value) -> Result<Value, InvokeError> {
        let permit = self.free.acquire().await;
        let _permit = permit.map_err(|_| InvokeError::Stopped(self.name.clone()))?;
        let mut environment = match self.take_idle() {
            Some(environment) => environment,
            None => self.start().await?,
        };
        let Environment { process, runtime_api } = &mut environment;
        let event = Bytes::from(event.to_string());
        let outcome = tokio::select! {
            biased;
            outcome = timeout(TIMEOUT, runtime_api.invoke(event, TIMEOUT)) => outcome,
            status = process.wait() => return Err(self.ended(status)),
        };
        let Ok(Some(outcome)) = outcome else {
            return Err(InvokeError::TimedOut(self.name.clone()));
        };
        self.put_back(environment);
        match outcome {
            Ok(answer) => {
                serde_json::from_slice(&answer).map_err(|_| InvokeError::NoJson(self.name.clone()))
            }
            Err(report) => Err(InvokeError::Reported {
                name: self.name.clone(),
                report: serde_json::from_slice(&report).unwrap_or_default(),
            }),
        }
    }

    /// The process IDs of the environments that wait for a request.
    pub fn idle_processes(&self) -> Vec<u32> {
        self.living().iter().filter_map(|environment| environment.process.id()).collect()
    }

    /// Takes no further events, ends the environments that wait for one, and waits until they
    /// are gone.
    pub async fn stop(&self) {
        self.free.close();
        let idle = std::mem::take(&mut *self.idle());
        for mut environment in idle {
            // Fails only where the process has ended already.
            let _ = environment.process.kill().await;
        }
    }

    async fn start(&self) -> Result<Environment, InvokeError> {
        let failed = |source| InvokeError::Start { name: self.name.clone(), source };
        let runtime_api = RuntimeApi::serve(&self.name).await.map_err(failed)?;
        let mut process = Command::new(&self.binary)
            // Nothing of the developer's own environment, and no real credentials.
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", MEMORY_MB)
            .env("AWS_LAMBDA_FUNCTION_NAME", &self.name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api.address.to_string())
            .env("AWS_REGION", crate::proxy_event::REGION)
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        if let Some(output) = process.stdout.take() {
            let (name, log) = (self.name.clone(), self.log.clone());
            tokio::spawn(async move {
                let mut lines = BufReader::new(output).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    log(&name, &line);
                }
            });
        }
        Ok(Environment { process, runtime_api })
    }

    fn ended(&self, status: std::io::Result<ExitStatus>) -> InvokeError {
        match status {
            Ok(status) => InvokeError::Ended(self.name.clone(), status),
            Err(source) => InvokeError::Start { name: self.name.clone(), source },
        }
    }

    fn take_idle(&self) -> Option<Environment> {
        self.living().pop()
    }

    fn put_back(&self, environment: Environment) {
        self.idle().push(environment);
    }

    /// The idle environments, without those whose process died meanwhile.
    fn living(&self) -> MutexGuard<'_, Vec<Environment>> {
        let mut idle = self.idle();
        idle.retain_mut(|environment| matches!(environment.process.try_wait(), Ok(None)));
        idle
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Environment>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
