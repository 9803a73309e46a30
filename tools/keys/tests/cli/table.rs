//! A table, and the tool on it.

use std::process::{Output, Stdio};

use credira_local::tables::{API_KEYS, Tables};
use serde_json::Value;
use tokio::{net::TcpListener, process::Command};

/// The tables, served.
pub(crate) struct Table {
    pub(crate) tables: Tables,
    pub(crate) url: String,
}

impl Table {
    pub(crate) async fn start() -> Self {
        let (tables, _) = Tables::open(None).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(tables.clone().serve(listener));
        Self { tables, url }
    }

    pub(crate) async fn run(&self, arguments: &str) -> Output {
        command(&self.url, arguments).output().await.unwrap()
    }

    /// What it shows where all goes well.
    pub(crate) async fn show(&self, arguments: &str) -> String {
        let output = self.run(arguments).await;
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) async fn json(&self, arguments: &str) -> Value {
        let output = self.show(&format!("{arguments} --output json")).await;
        serde_json::from_str(&output).unwrap()
    }

    /// The ID of the key that it makes.
    pub(crate) async fn id(&self, arguments: &str) -> String {
        self.json(arguments).await["key_id"].as_str().unwrap().to_owned()
    }

    /// The exit code and the message where it does not.
    pub(crate) async fn fail(&self, arguments: &str) -> String {
        let output = self.run(arguments).await;
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
        let code = output.status.code().unwrap();
        format!("{code} {}", String::from_utf8(output.stderr).unwrap())
    }

    pub(crate) fn items(&self) -> Vec<Value> {
        self.tables.items(API_KEYS).unwrap()
    }
}

pub(crate) fn command(url: &str, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credira-keys"));
    command
        .args(["--endpoint-url", url])
        .args(arguments.split(' '))
        .env_clear()
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Replaces what is drawn or read off the clock.
pub(crate) fn filters() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"crd_(live|test)_[0-9A-Za-z]{49}", "crd_${1}_KEY");
    settings.add_filter(r"(crd_(?:live|test)_…)[0-9A-Za-z]{4}", "${1}HINT");
    settings.add_filter(r"key_[0-9A-Za-z]{20}", "key_ID..................");
    settings.add_filter(r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "YYYY-MM-DDThh:mm:ssZ");
    settings.add_filter(r"\(os error \d+\)", "(os error)");
    settings.add_filter(r"127\.0\.0\.1:\d+", "HOST");
    settings.bind_to_scope()
}
