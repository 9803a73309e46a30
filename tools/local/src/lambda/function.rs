//! A Lambda function: its execution environments and their log.

use std::{
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::body::Bytes;
use serde_json::Value;
use tokio::sync::Semaphore;
use uuid::Uuid;

pub use super::function_log::LogSink;
pub use super::invoke_error::InvokeError;
use super::{
    environment::Environment,
    function_log::{FunctionLog, RequestLine},
    invoke_error::MAX_EVENT_BYTES,
};

/// A function that can be invoked.
pub struct Function {
    binary: PathBuf,
    variables: Vec<(&'static str, String)>,
    log: FunctionLog,
    idle: Mutex<Vec<Environment>>,
    free: Semaphore,
    /// Environments of other generations are not used again.
    generation: AtomicUsize,
    cold_starts: AtomicUsize,
}

/// What comes of an event.
pub(crate) struct Invocation {
    pub(crate) outcome: Result<Value, InvokeError>,
    /// The line that the function logs about it.
    pub(crate) line: RequestLine,
}

impl Function {
    /// A function that runs `binary` with `variables`, in addition to those that Lambda sets. It has
    /// at most so many environments; further requests wait.
    pub(crate) fn new(
        name: &str,
        binary: PathBuf,
        variables: Vec<(&'static str, String)>,
        max_environments: usize,
        log: LogSink,
    ) -> Self {
        Self {
            binary,
            variables,
            log: FunctionLog::new(name, log),
            idle: Mutex::new(Vec::new()),
            free: Semaphore::new(max_environments),
            generation: AtomicUsize::new(0),
            cold_starts: AtomicUsize::new(0),
        }
    }

    /// Starts an environment, and waits until it is ready, for [`replace`](Self::replace).
    pub(crate) async fn start_ready(&self) -> Result<Environment, InvokeError> {
        let mut environment = self.start().await?;
        environment.ready().await?;
        Ok(environment)
    }

    /// Uses a new environment instead of all others. A request that one of them is serving gets its
    /// response.
    pub(crate) async fn replace(&self, mut environment: Environment) {
        let old = {
            let mut idle = self.idle();
            environment.generation = 1 + self.generation.fetch_add(1, Ordering::Relaxed);
            std::mem::replace(&mut *idle, vec![environment])
        };
        for environment in old {
            environment.stop().await;
        }
    }

    /// Gives the event to an idle environment, or to a new one if there is none. As in Lambda, an
    /// environment that fails without a report is not used again.
    pub async fn invoke(&self, event: &Value) -> Result<Value, InvokeError> {
        self.invoke_logged(event).await.outcome
    }

    /// The same, with the line that the function logs about the request.
    pub(crate) async fn invoke_logged(&self, event: &Value) -> Invocation {
        let id = Uuid::new_v4().to_string();
        let line = self.log.request_line(&id);
        Invocation { outcome: self.invoke_with_id(&id, event).await, line }
    }

    async fn invoke_with_id(&self, id: &str, event: &Value) -> Result<Value, InvokeError> {
        let event = event.to_string();
        if event.len() > MAX_EVENT_BYTES {
            return Err(InvokeError::TooLarge);
        }
        let _permit = self.free.acquire().await.map_err(|_| InvokeError::Stopped)?;
        let idle = self.living().pop();
        let mut environment = match idle {
            Some(environment) => environment,
            None => self.start().await?,
        };
        if environment.is_cold {
            self.cold_starts.fetch_add(1, Ordering::Relaxed);
        }
        let outcome = environment.invoke(id, Bytes::from(event)).await?;
        self.put_back(environment);
        match outcome {
            Ok(response) => serde_json::from_slice(&response).map_err(|_| InvokeError::NotJson),
            Err(report) => {
                let report = serde_json::from_slice(&report).unwrap_or_default();
                Err(InvokeError::Reported { report })
            }
        }
    }

    /// Its name, for messages.
    pub(crate) fn name(&self) -> &str {
        &self.log.function
    }

    /// The process IDs of the environments that wait for a request.
    pub fn idle_processes(&self) -> Vec<u32> {
        self.living().iter().filter_map(Environment::process_id).collect()
    }

    /// How many environments have had their first event.
    pub(crate) fn cold_starts(&self) -> usize {
        self.cold_starts.load(Ordering::Relaxed)
    }

    /// Takes no further events, ends the environments that wait for one, and waits until their
    /// processes are gone.
    pub async fn stop(&self) {
        self.free.close();
        let idle = std::mem::take(&mut *self.idle());
        for environment in idle {
            environment.stop().await;
        }
    }

    async fn start(&self) -> Result<Environment, InvokeError> {
        let generation = self.generation.load(Ordering::Relaxed);
        Environment::start(&self.binary, &self.variables, self.log.clone(), generation).await
    }

    fn put_back(&self, environment: Environment) {
        let mut idle = self.idle();
        if environment.generation == self.generation.load(Ordering::Relaxed) {
            idle.push(environment);
        }
    }

    /// The idle environments, without those whose process has ended in the meantime.
    fn living(&self) -> MutexGuard<'_, Vec<Environment>> {
        let mut idle = self.idle();
        idle.retain_mut(Environment::is_alive);
        idle
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Environment>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
