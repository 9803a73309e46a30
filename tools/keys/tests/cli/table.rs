//! An embedded DynamoDB with the table of API keys, and the tool that works on it.

use std::{
    fs,
    path::PathBuf,
    process::{Output, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    types::AttributeValue,
};
use credira_local::tables::{API_KEYS, Tables};
use serde_json::{Value, json};
use tokio::{net::TcpListener, process::Command};

use crate::snapshot::shown;

/// The tables, served on a free port.
pub(crate) struct Table {
    pub(crate) tables: Tables,
    pub(crate) url: String,
}

impl Table {
    pub(crate) async fn start() -> Self {
        let (tables, _) = Tables::open(None).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(tables.clone().server(listener).await.unwrap());
        Self { tables, url }
    }

    pub(crate) async fn run(&self, arguments: &str) -> Output {
        command(&self.url, arguments).output().await.unwrap()
    }

    /// What a person sees of these commands.
    pub(crate) async fn shown<'a>(&self, commands: impl IntoIterator<Item = &'a str>) -> String {
        let mut all = String::new();
        for arguments in commands {
            all += &shown(arguments, &mut command(&self.url, arguments)).await;
        }
        all
    }

    /// The JSON output of a command that succeeds.
    pub(crate) async fn json(&self, arguments: &str) -> Value {
        let output = self.run(&format!("{arguments} --output json")).await;
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// One attribute of each key of `acc_1`, in the order of the list.
    pub(crate) async fn list(&self, attribute: &str) -> Vec<String> {
        let list = self.json("list --account acc_1").await;
        let attribute = |key: &Value| key[attribute].as_str().unwrap().to_owned();
        list.as_array().unwrap().iter().map(attribute).collect()
    }

    pub(crate) fn items(&self) -> Vec<Value> {
        self.tables.items(API_KEYS).unwrap()
    }

    /// Puts the record of a key of `acc_1`, whose hash is its ID.
    pub(crate) fn put(&self, key_id: &str, attributes: Value) {
        let mut item = json!({ "key_hash": key_id, "key_id": key_id, "account_id": "acc_1" });
        item.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
        self.tables.put(API_KEYS, &item).unwrap();
    }

    pub(crate) async fn delete(&self, key_hash: &str) {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(&self.url);
        let client = Client::from_conf(config.build());
        let key_hash = AttributeValue::S(key_hash.to_owned());
        client.delete_item().table_name(API_KEYS).key("key_hash", key_hash).send().await.unwrap();
    }
}

/// The tool without an endpoint, in an environment without AWS settings.
pub(crate) fn tool(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credira-keys"));
    command
        .args(arguments.split(' '))
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("HOME", "/nowhere")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// The tool with DynamoDB at `url`.
pub(crate) fn command(url: &str, arguments: &str) -> Command {
    let mut command = tool(arguments);
    command.args(["--endpoint-url", url]);
    command
}

/// A file with this text. Its name is new, also if each test is a process.
pub(crate) fn file(text: &str) -> PathBuf {
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let number = FILES.fetch_add(1, Ordering::SeqCst);
    let name = format!("keys-{}-{number}", std::process::id());
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, text).unwrap();
    file
}

pub(crate) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}
