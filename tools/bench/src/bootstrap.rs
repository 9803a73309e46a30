//! A program that is measured, as Lambda would run it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use credira_local::runtime_api::RuntimeApi;
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::table::Table;

/// The folder of `cargo build --release`.
pub(crate) const BINARIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/release");

const EXPECTED: &str = include_str!("../../../events/expected.json");
const TIMEOUT: Duration = Duration::from_secs(60);

/// A bootstrap for Lambda's custom runtime. It does what `get-user` does, unless it is the authorizer.
pub(crate) struct Bootstrap {
    pub(crate) name: &'static str,
    /// A program, and its arguments.
    pub(crate) command: Vec<PathBuf>,
}

/// A process of a bootstrap.
pub(crate) struct Process {
    pub(crate) child: Child,
    runtime_api: RuntimeApi,
    is_authorizer: bool,
}

impl Bootstrap {
    /// Our two functions.
    pub(crate) fn functions() -> Vec<Self> {
        let command = |name| vec![Path::new(BINARIES).join(name)];
        ["get-user", "authorizer"].map(|name| Self { name, command: command(name) }).into()
    }

    /// Builds the peers (see `docs/performance.md`).
    pub(crate) async fn peers() -> Result<Vec<Self>> {
        eprintln!("building the peers");
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
        let status = Command::new(sources.join("build")).stdout(Stdio::null()).status().await?;
        ensure!(status.success(), "peers/build: {status}");
        let built = Path::new(BINARIES).join("../peers");
        let peers = [
            ("naive", vec![built.join("release/naive")]),
            ("floor", vec![built.join("release/floor")]),
            ("node", vec![built.join("node/node"), built.join("node/bundle.mjs")]),
            ("python", vec![built.join("python/bin/python"), sources.join("python/bootstrap.py")]),
        ];
        let peers = peers.into_iter().map(|(name, command)| Self { name, command });
        Ok(peers.filter(|peer| peer.command.iter().all(|file| file.exists())).collect())
    }

    pub(crate) fn is_authorizer(&self) -> bool {
        self.name == "authorizer"
    }

    /// Bytes of the binary. `None` for a script.
    pub(crate) fn size(&self) -> Option<u64> {
        let [binary] = self.command.as_slice() else { return None };
        Some(binary.metadata().ok()?.len())
    }

    /// Starts a process.
    pub(crate) async fn start(&self, table: &Table) -> Result<Process> {
        let runtime_api = RuntimeApi::serve(self.name).await?;
        let (program, arguments) = self.command.split_first().context("no command")?;
        let child = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("API_KEYS_TABLE", "api-keys")
            .env("AWS_ACCESS_KEY_ID", "bench")
            .env("AWS_CA_BUNDLE", table.root.path())
            .env("AWS_ENDPOINT_URL_DYNAMODB", &table.url)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_NAME", self.name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api.address.to_string())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_SECRET_ACCESS_KEY", "bench")
            .env("NODE_EXTRA_CA_CERTS", table.root.path())
            .env("SSL_CERT_FILE", table.system_roots.path())
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

    /// Invokes the function, and returns how long the response took. An error if it is wrong.
    pub(crate) async fn invoke(&mut self) -> Result<Duration> {
        let event = if self.is_authorizer {
            include_str!("../../../events/authorizer/allow.json")
        } else {
            include_str!("../../../events/get-user/found.json")
        };
        let start = Instant::now();
        let outcome = tokio::select! {
            outcome = self.runtime_api.invoke(event.into(), TIMEOUT) => outcome,
            status = self.child.wait() => bail!("it ended: {}", status?),
        };
        let time = start.elapsed();
        let (Ok(response) | Err(response)) = outcome.context("no response")?;
        let text = String::from_utf8_lossy(&response);
        ensure!(self.is_expected(&text).unwrap_or_default(), "a wrong response: {text}");
        Ok(time)
    }

    fn is_expected(&self, response: &str) -> Result<bool> {
        let response: Value = serde_json::from_str(response)?;
        if self.is_authorizer {
            let effect = response.pointer("/policyDocument/Statement/0/Effect");
            return Ok(effect == Some(&"Allow".into()));
        }
        let body = response.get("body").and_then(Value::as_str).context("no body")?;
        let (body, expected): (Value, Value) =
            (serde_json::from_str(body)?, serde_json::from_str(EXPECTED)?);
        Ok(response.get("statusCode") == Some(&200.into())
            && body.get("data") == expected.pointer("/get-user~1found.json/body/data"))
    }
}
