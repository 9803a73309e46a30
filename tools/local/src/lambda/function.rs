//! A Lambda function: its execution environments and their log.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::body::Bytes;
use serde_json::Value;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{
    environment::Environment,
    function_log::{FunctionLog, RequestLine},
};
pub use super::{environment::InvokeError, function_log::LogSink};

/// Lambda's limit (Lambda's guide, "Lambda quotas": 6 MB for a request).
const MAX_EVENT_BYTES: usize = 6 * 1024 * 1024;

/// A function that can be invoked.
pub struct Function {
    binary: PathBuf,
    variables: Vec<(&'static str, String)>,
    log: FunctionLog,
    idle: Mutex<Vec<Environment>>,
    free: Semaphore,
    cold_starts: Arc<AtomicUsize>,
}

impl Function {
    /// Starts a function that runs `binary` with `variables`, in addition to those that Lambda sets. It
    /// has at most so many environments; further requests wait. `cold_starts` counts those of them that
    /// have had their first event.
    pub(crate) async fn start(
        name: &str,
        binary: PathBuf,
        variables: Vec<(&'static str, String)>,
        max_environments: usize,
        log: LogSink,
        cold_starts: Arc<AtomicUsize>,
    ) -> Result<Self, InvokeError> {
        let log = FunctionLog::new(name, log);
        let environment = Environment::start(&binary, &variables, log.clone()).await?;
        let (idle, free) = (Mutex::new(vec![environment]), Semaphore::new(max_environments));
        Ok(Self { binary, variables, log, idle, free, cold_starts })
    }

    /// Gives the event to an idle environment, or to a new one if there is none. As in Lambda, an
    /// environment that fails without a report is not used again.
    pub async fn invoke(&self, event: &Value) -> Result<Value, InvokeError> {
        self.invoke_logged(event).await.0
    }

    /// The same, with the line that the function logs about the request.
    pub(crate) async fn invoke_logged(
        &self,
        event: &Value,
    ) -> (Result<Value, InvokeError>, RequestLine) {
        let id = Uuid::new_v4().to_string();
        let line = self.log.request_line(id.clone());
        (self.invoke_with_id(&id, event).await, line)
    }

    async fn invoke_with_id(&self, id: &str, event: &Value) -> Result<Value, InvokeError> {
        let event = event.to_string();
        if event.len() > MAX_EVENT_BYTES {
            return Err(InvokeError::TooLarge);
        }
        let _permit = self.free.acquire().await.map_err(|_| InvokeError::Stopped)?;
        let idle = self.idle().pop();
        let mut environment = match idle {
            Some(environment) => environment,
            None => Environment::start(&self.binary, &self.variables, self.log.clone()).await?,
        };
        if environment.is_cold {
            self.cold_starts.fetch_add(1, Ordering::Relaxed);
        }
        let outcome = environment.invoke(id, Bytes::from(event)).await?;
        self.idle().push(environment);
        // Text that is not JSON becomes null, which is neither a proxy response nor a policy.
        let json = |bytes: &Bytes| serde_json::from_slice(bytes).unwrap_or_default();
        match outcome {
            Ok(response) => Ok(json(&response)),
            Err(report) => Err(InvokeError::Reported { report: json(&report) }),
        }
    }

    /// Its name, for messages.
    pub(crate) fn name(&self) -> &str {
        &self.log.function
    }

    /// The process IDs of the environments that wait for a request.
    pub fn idle_processes(&self) -> Vec<u32> {
        self.idle().iter().filter_map(Environment::process_id).collect()
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

    /// The idle environments, without those whose process has ended in the meantime.
    fn idle(&self) -> MutexGuard<'_, Vec<Environment>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain_mut(Environment::is_alive);
        idle
    }
}
