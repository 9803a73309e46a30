//! A program that is measured, as Lambda would run it.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use axum::body::Bytes;
use credira_local::runtime_api::RuntimeApi;
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::stub::Table;

/// A bootstrap for Lambda's custom runtime, with what to ask it.
pub(crate) struct Bootstrap {
    pub(crate) name: String,
    command: Vec<OsString>,
    /// The file whose size is reported.
    pub(crate) artifact: Option<PathBuf>,
    question: Question,
}

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    /// For the user of the API page.
    User,
    /// Whether a key is good.
    Key,
}

/// A process of a bootstrap.
pub(crate) struct Process {
    pub(crate) child: Child,
    runtime_api: RuntimeApi,
    question: Question,
}

impl Bootstrap {
    /// One of our two functions, in the folder of `cargo build --release`.
    pub(crate) fn function(name: &str, binaries: &Path) -> Self {
        let question = if name == "authorizer" { Question::Key } else { Question::User };
        Self { question, ..Self::program(name, binaries.join(name)) }
    }

    /// A program that responds like `get-user`.
    pub(crate) fn program(name: &str, program: PathBuf) -> Self {
        let command = vec![program.clone().into()];
        Self { name: name.to_owned(), command, artifact: Some(program), question: Question::User }
    }

    /// A script for an interpreter, which responds like `get-user`.
    pub(crate) fn script(name: &str, interpreter: PathBuf, script: PathBuf) -> Self {
        let command = vec![interpreter.into(), script.clone().into()];
        Self { name: name.to_owned(), command, artifact: None, question: Question::User }
    }

    /// Whether it responds like the peers, so that it can be compared with them.
    pub(crate) fn is_comparable(&self) -> bool {
        self.question == Question::User
    }

    /// Starts a process, by way of `wrapper` if there is one.
    pub(crate) async fn start(&self, table: &Table, wrapper: &[&OsStr]) -> Result<Process> {
        let runtime_api = RuntimeApi::serve(&self.name).await?;
        let mut line = wrapper.iter().copied().chain(self.command.iter().map(OsString::as_os_str));
        let program = line.next().context("no command")?;
        let child = Command::new(program)
            .args(line)
            .env_clear()
            .env("API_KEYS_TABLE", "api-keys")
            .env("AWS_ACCESS_KEY_ID", "bench")
            .env("AWS_CA_BUNDLE", table.root_certificate())
            .env("AWS_ENDPOINT_URL_DYNAMODB", &table.url)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_NAME", &self.name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api.address.to_string())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_SECRET_ACCESS_KEY", "bench")
            .env("NODE_EXTRA_CA_CERTS", table.root_certificate())
            .env("SSL_CERT_FILE", table.system_roots())
            .env("USERS_TABLE", "users")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .process_group(0)
            .spawn()
            .with_context(|| {
                format!("{} cannot be run: `cargo build --release` first", program.display())
            })?;
        Ok(Process { child, runtime_api, question: self.question })
    }
}

impl Process {
    /// Returns when the process requests an event: Lambda's init phase is over.
    pub(crate) async fn ready(&mut self) -> Result<()> {
        tokio::select! {
            () = self.runtime_api.ready() => Ok(()),
            status = self.child.wait() => bail!("it ended at its start: {}", status?),
        }
    }

    /// The process's number.
    pub(crate) fn id(&self) -> Result<u32> {
        self.child.id().context("it has ended")
    }

    /// Invokes the function, and returns an error if the response is wrong.
    pub(crate) async fn invoke(&mut self) -> Result<()> {
        let event = Bytes::from_static(self.question.event().as_bytes());
        let timeout = Duration::from_secs(60);
        let outcome = tokio::select! {
            outcome = self.runtime_api.invoke(event, timeout) => outcome,
            status = self.child.wait() => bail!("it ended: {}", status?),
        };
        let response = outcome.context("no response")?;
        let response = response
            .map_err(|error| anyhow::anyhow!("{}", String::from_utf8_lossy(&error).into_owned()))?;
        let response: Value = serde_json::from_slice(&response)?;
        ensure!(self.question.is_expected(&response)?, "a wrong response: {response}");
        Ok(())
    }
}

impl Question {
    fn event(self) -> &'static str {
        match self {
            Self::User => include_str!("../../../events/get-user/found.json"),
            Self::Key => include_str!("../../../events/authorizer/allow.json"),
        }
    }

    fn is_expected(self, response: &Value) -> Result<bool> {
        Ok(match self {
            Self::Key => {
                response.pointer("/policyDocument/Statement/0/Effect") == Some(&"Allow".into())
            }
            Self::User => {
                // The response of the API page.
                let page: Value =
                    serde_json::from_str(include_str!("../../../tests/api/page.json"))?;
                let body = response.get("body").and_then(Value::as_str).context("no body")?;
                let body: Value = serde_json::from_str(body)?;
                response.get("statusCode") == Some(&200.into())
                    && body.get("data").context("no data")?
                        == page.get("data").context("no page")?
            }
        })
    }
}
