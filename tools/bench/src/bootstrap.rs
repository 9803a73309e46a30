//! A program that is measured, as Lambda would run it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use credira_local::runtime_api::RuntimeApi;
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::stub::Table;

/// The folder of `cargo build --release`.
pub(crate) const BINARIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/release");

const EXPECTED: &str = include_str!("../../../events/expected.json");

/// A bootstrap for Lambda's custom runtime. It does what `get-user` does, unless it is the authorizer.
pub(crate) struct Bootstrap {
    pub(crate) name: String,
    /// A program, or an interpreter and its script.
    command: Vec<PathBuf>,
}

/// A process of a bootstrap.
pub(crate) struct Process {
    pub(crate) child: Child,
    runtime_api: RuntimeApi,
    is_authorizer: bool,
}

impl Bootstrap {
    pub(crate) fn new(name: &str, command: Vec<PathBuf>) -> Self {
        Self { name: name.to_owned(), command }
    }

    /// Our two functions.
    pub(crate) fn functions() -> Vec<Self> {
        let function = |name| Self::new(name, vec![Path::new(BINARIES).join(name)]);
        vec![function("get-user"), function("authorizer")]
    }

    pub(crate) fn is_authorizer(&self) -> bool {
        self.name == "authorizer"
    }

    /// Bytes of the binary. `None` for a script.
    pub(crate) fn size(&self) -> Result<Option<u64>> {
        let [binary] = self.command.as_slice() else { return Ok(None) };
        let file = binary.metadata().with_context(|| {
            format!("{} is not there: `cargo build --release` first", binary.display())
        })?;
        Ok(Some(file.len()))
    }

    /// Starts a process, by way of the command `wrapper` if it is not empty.
    pub(crate) async fn start(&self, table: &Table, wrapper: &[&str]) -> Result<Process> {
        let runtime_api = RuntimeApi::serve(&self.name).await?;
        let mut line =
            wrapper.iter().map(Path::new).chain(self.command.iter().map(PathBuf::as_path));
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
        Ok(Process { child, runtime_api, is_authorizer: self.is_authorizer() })
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
        let event = if self.is_authorizer {
            include_str!("../../../events/authorizer/allow.json")
        } else {
            include_str!("../../../events/get-user/found.json")
        };
        let timeout = Duration::from_secs(60);
        let outcome = tokio::select! {
            outcome = self.runtime_api.invoke(event.into(), timeout) => outcome,
            status = self.child.wait() => bail!("it ended: {}", status?),
        };
        let response = outcome.context("no response")?;
        let response = response
            .map_err(|error| anyhow::Error::msg(String::from_utf8_lossy(&error).into_owned()))?;
        ensure!(
            self.is_expected(&serde_json::from_slice(&response)?)?,
            "a wrong response: {}",
            String::from_utf8_lossy(&response)
        );
        Ok(())
    }

    fn is_expected(&self, response: &Value) -> Result<bool> {
        if self.is_authorizer {
            return Ok(
                response.pointer("/policyDocument/Statement/0/Effect") == Some(&"Allow".into())
            );
        }
        let expected: Value = serde_json::from_str(EXPECTED)?;
        let expected = expected.get("get-user/found.json").context("events/expected.json")?;
        let body = response.get("body").and_then(Value::as_str).context("no body")?;
        let body: Value = serde_json::from_str(body)?;
        Ok(response.get("statusCode") == expected.get("statusCode")
            && body.get("data") == expected.pointer("/body/data"))
    }
}
