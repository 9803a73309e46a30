//! A function that is measured: its binary, and an event with the answer that it must get.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use axum::body::Bytes;
use credira_local::runtime_api::RuntimeApi;
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::stub::Table;

/// A function, with what to ask it.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) binary: PathBuf,
    event: &'static str,
}

/// A process of a function.
pub(crate) struct Process {
    pub(crate) child: Child,
    runtime_api: RuntimeApi,
    function: &'static str,
    event: Bytes,
}

impl Function {
    pub(crate) const ALL: [&'static str; 2] = ["get-user", "authorizer"];

    pub(crate) fn new(name: &'static str, binaries: &Path) -> Self {
        let event = match name {
            "get-user" => include_str!("../../../events/get-user/found.json"),
            _ => include_str!("../../../events/authorizer/allow.json"),
        };
        Self { name, binary: binaries.join(name), event }
    }

    /// Starts a process, by way of `wrapper` if there is one.
    pub(crate) async fn start(&self, table: &Table, wrapper: &[&OsStr]) -> Result<Process> {
        let runtime_api = RuntimeApi::serve(self.name).await?;
        let mut line = wrapper.iter().copied().chain([self.binary.as_os_str()]);
        let child = Command::new(line.next().context("no command")?)
            .args(line)
            .env_clear()
            .env("API_KEYS_TABLE", "api-keys")
            .env("AWS_ACCESS_KEY_ID", "bench")
            .env("AWS_CA_BUNDLE", table.certificate_authority())
            .env("AWS_ENDPOINT_URL_DYNAMODB", &table.url)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_NAME", self.name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api.address.to_string())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_SECRET_ACCESS_KEY", "bench")
            .env("USERS_TABLE", "users")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| {
                format!("{} cannot be run: `cargo build --release` first", self.binary.display())
            })?;
        let event = Bytes::from_static(self.event.as_bytes());
        Ok(Process { child, runtime_api, function: self.name, event })
    }
}

impl Process {
    /// Returns once the process asks for an event: Lambda's init phase is over.
    pub(crate) async fn ready(&self) {
        self.runtime_api.ready().await;
    }

    /// Invokes the function, and fails where the answer is not the right one.
    pub(crate) async fn invoke(&mut self) -> Result<()> {
        let timeout = Duration::from_secs(60);
        let outcome = tokio::select! {
            outcome = self.runtime_api.invoke(self.event.clone(), timeout) => outcome,
            status = self.child.wait() => anyhow::bail!("{} ended: {}", self.function, status?),
        };
        let answer = outcome.context("no answer")?;
        let answer = answer.map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let answer: Value = serde_json::from_slice(&answer)?;
        let is_right = match self.function {
            "get-user" => answer.get("statusCode") == Some(&200.into()),
            _ => answer.pointer("/policyDocument/Statement/0/Effect") == Some(&"Allow".into()),
        };
        ensure!(is_right, "{} gave a wrong answer: {answer}", self.function);
        Ok(())
    }
}
