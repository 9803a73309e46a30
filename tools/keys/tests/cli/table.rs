//! An embedded DynamoDB with the table of API keys, and the tool that works on it.

use std::{
    fs,
    path::PathBuf,
    process::{Output, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::UNIX_EPOCH,
};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    types::AttributeValue,
};
use credira_local::tables::{API_KEYS, Tables};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpListener, process::Command};

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

    /// Runs `find` with this standard input.
    pub(crate) async fn find(&self, arguments: &str, input: &str) -> Output {
        let mut tool = command(&self.url, &format!("find{arguments}"));
        tool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut tool = tool.spawn().unwrap();
        tool.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        tool.wait_with_output().await.unwrap()
    }

    /// The standard output of a command that succeeds.
    pub(crate) async fn show(&self, arguments: &str) -> String {
        let output = self.run(arguments).await;
        assert!(output.status.success(), "{output:?}");
        text(output.stdout)
    }

    /// The JSON output of a command that succeeds.
    pub(crate) async fn json(&self, arguments: &str) -> Value {
        let output = self.show(&format!("{arguments} --output json")).await;
        serde_json::from_str(&output).unwrap()
    }

    /// One attribute of each key of `acc_1`, in the order of the list.
    pub(crate) async fn list(&self, attribute: &str) -> Vec<String> {
        let list = self.json("list --account acc_1").await;
        let attribute = |key: &Value| key[attribute].as_str().unwrap().to_owned();
        list.as_array().unwrap().iter().map(attribute).collect()
    }

    /// The ID of the key that the command creates.
    pub(crate) async fn id(&self, arguments: &str) -> String {
        self.json(arguments).await["key_id"].as_str().unwrap().to_owned()
    }

    /// The exit code and the message of a command that fails.
    pub(crate) async fn fail(&self, arguments: &str) -> String {
        failure(self.run(arguments).await)
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

/// An AWS configuration file with this text. Its name is new, also if each test is a process.
pub(crate) fn config(text: &str) -> PathBuf {
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let number = FILES.fetch_add(1, Ordering::SeqCst);
    let name = format!("aws-config-{}-{number}", std::process::id());
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, text).unwrap();
    file
}

/// The exit code and the message of a command that failed.
pub(crate) fn failure(output: Output) -> String {
    assert_eq!(text(output.stdout), "");
    format!("{} {}", output.status.code().unwrap(), text(output.stderr))
}

pub(crate) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// The current time in seconds since 1970.
pub(crate) fn now() -> u64 {
    UNIX_EPOCH.elapsed().unwrap().as_secs()
}

/// Whether the time is as expected, give or take the minute that a test may last.
pub(crate) fn is_about(time: &Value, expected: u64) -> bool {
    time.as_u64().unwrap().abs_diff(expected) < 60
}

/// Replaces random text, times and ports in a snapshot.
pub(crate) fn filters() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"crd_(live|test)_[0-9A-Za-z]{49}", "crd_${1}_KEY");
    settings.add_filter(r"(crd_(?:live|test)_…)[0-9A-Za-z]{4}", "${1}HINT");
    settings.add_filter(r"key_[0-9a-f]{20}", "key_ID..................");
    settings.add_filter(r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "YYYY-MM-DDThh:mm:ssZ");
    settings.add_filter(r"2\d{3}-\d\d-\d\d", "YYYY-MM-DD");
    settings.add_filter(r"\b\d{10}\b", "SECONDS...");
    settings.add_filter(r"\(os error \d+\)", "(os error)");
    settings.add_filter(r"/[^ ]*/aws-config-\d+-\d+", "FILE");
    settings.bind_to_scope()
}
