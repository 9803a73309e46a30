//! A `cargo local` to test, and what it prints.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    process::{Child, Command},
    time::{Duration, Instant},
};

use credira_local::demo;
use tempfile::TempDir;

pub(crate) const PAGE_USER: &str = "/v1/users/user_123456789";
/// The first start may build the functions.
const START_TIMEOUT: Duration = Duration::from_secs(600);
const LINE_TIMEOUT: Duration = Duration::from_secs(20);

/// A running `cargo local`, on free ports. It is killed when it is dropped.
pub(crate) struct Local {
    process: Child,
    /// A file for each stream.
    streams: TempDir,
    /// `HOST:PORT` of the API and of DynamoDB.
    pub(crate) api: String,
    pub(crate) dynamodb: String,
}

/// The command, with what `cargo run` would set.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credira-local"));
    command.args(["--port", "0", "--dynamodb-port", "0"]).args(arguments);
    command.env_remove("AWS_LAMBDA_LOG_LEVEL");
    command
}

/// Runs a command line that is refused before anything is built, and returns the message: that of clap
/// with the exit code 2, or one line with 1.
pub(crate) fn refusal(code: i32, arguments: &[&str]) -> String {
    let nothing_is_built = "/nowhere/cargo";
    let output = command(arguments).env("CARGO", nothing_is_built).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    assert!(code == 2 || stderr.lines().count() == 1, "{stderr}");
    stderr
}

/// Replaces what differs each time in a snapshot.
pub(crate) fn filters() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"(127\.0\.0\.1):\d+", "$1:PORT");
    settings.add_filter(r"\b\d+ ms\b", "N ms");
    settings.add_filter(r"(?m)( +\d+\.\d){2}$", "     N.N     N.N");
    settings.add_filter(r"[0-9a-f]{15}=", "EXTENDED_ID=");
    settings.add_filter(r"requestid: .*", "requestid: ID");
    settings.add_filter(r"date: .*", "date: DATE");
    settings.bind_to_scope()
}

/// A demo key by its name.
pub(crate) fn key(name: &str) -> String {
    demo::keys().unwrap().into_iter().find(|key| key.name == name).unwrap().key
}

/// Sends a request that ends with an empty line, or with that and a body, and returns the response.
pub(crate) fn send(address: &str, request: &str) -> String {
    let request = request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    let mut connection = TcpStream::connect(address).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    connection.read_to_string(&mut response).unwrap();
    response
}

/// The status of a response.
pub(crate) fn status(response: &str) -> u16 {
    response.split(' ').nth(1).unwrap().parse().unwrap()
}

impl Local {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::run(&mut command(arguments))
    }

    pub(crate) fn run(command: &mut Command) -> Self {
        let streams = tempfile::tempdir().unwrap();
        let file = |name| File::create(streams.path().join(name)).unwrap();
        let process = command.stdout(file("stdout")).stderr(file("stderr")).spawn().unwrap();
        let mut local = Self { process, streams, api: String::new(), dynamodb: String::new() };
        let ready = local.wait_for(|line| line.starts_with("ready "));
        let words: Vec<_> = ready.split(' ').collect();
        let ["ready", api, "dynamodb", dynamodb] = words[..] else { panic!("{ready}") };
        local.api = api.strip_prefix("http://").unwrap().to_owned();
        local.dynamodb = dynamodb.strip_prefix("http://").unwrap().to_owned();
        local
    }

    /// Everything that it has printed so far.
    pub(crate) fn output(&self) -> String {
        self.lines_of("stderr") + &self.stdout()
    }

    pub(crate) fn stdout(&self) -> String {
        self.lines_of("stdout")
    }

    fn lines_of(&self, stream: &str) -> String {
        let text = fs::read(self.streams.path().join(stream)).unwrap();
        let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        String::from_utf8(text[..end].to_vec()).unwrap()
    }

    /// Waits until the condition is met.
    pub(crate) fn wait_until(&mut self, is_met: impl Fn(&Self) -> bool) {
        let timeout = if self.api.is_empty() { START_TIMEOUT } else { LINE_TIMEOUT };
        let started = Instant::now();
        loop {
            let has_ended = self.process.try_wait().unwrap().is_some();
            if is_met(self) {
                return;
            }
            assert!(!has_ended && started.elapsed() < timeout, "not found:\n{}", self.output());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The first line that fits; waits for it.
    pub(crate) fn wait_for(&mut self, fits: impl Fn(&str) -> bool) -> String {
        self.wait_until(|local| local.output().lines().any(&fits));
        self.output().lines().find(|line| fits(line)).unwrap().to_owned()
    }

    /// Sends a `GET`, and returns the response's status.
    pub(crate) fn get(&self, path: &str, key: Option<&str>) -> u16 {
        let header = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n{header}\r\n");
        status(&send(&self.api, &request))
    }

    /// Sends a signal, and waits for the end.
    pub(crate) fn stop(mut self, signal: &str) -> Self {
        let process = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &process]).status().unwrap().success());
        assert_eq!(self.process.wait().unwrap().code(), Some(0), "{}", self.output());
        self
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        // Fails if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
