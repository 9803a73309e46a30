//! A `cargo local` to test, and what it prints.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use credira_local::demo;

pub(crate) const PAGE_USER: &str = "/v1/users/user_123456789";
/// The first start may build the functions.
const START_TIMEOUT: Duration = Duration::from_secs(600);
const LINE_TIMEOUT: Duration = Duration::from_secs(10);

/// A running `cargo local`, on free ports. It is killed when it is dropped.
pub(crate) struct Local {
    process: Child,
    /// Both streams.
    output: Arc<Mutex<String>>,
    stdout: Arc<Mutex<String>>,
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

/// Runs a command line that is refused before anything is built, and returns its one message.
pub(crate) fn refusal(arguments: &[&str]) -> String {
    let nothing_is_built = "/nowhere/cargo";
    let output = command(arguments).env("CARGO", nothing_is_built).output().unwrap();
    let Output { status, stdout, stderr } = output;
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{stderr}");
    assert_eq!(String::from_utf8(stdout).unwrap(), "");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr
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

/// Adds the lines of a stream to these texts, until the stream ends.
fn collect(stream: impl Read + Send + 'static, texts: Vec<Arc<Mutex<String>>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            for text in &texts {
                *text.lock().unwrap() += &format!("{line}\n");
            }
        }
    });
}

impl Local {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::run(&mut command(arguments))
    }

    pub(crate) fn run(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (output, stdout) = (Arc::<Mutex<String>>::default(), Arc::<Mutex<String>>::default());
        collect(process.stdout.take().unwrap(), vec![output.clone(), stdout.clone()]);
        collect(process.stderr.take().unwrap(), vec![output.clone()]);
        let (api, dynamodb) = (String::new(), String::new());
        let mut local = Self { process, output, stdout, api, dynamodb };
        let ready = local.line(START_TIMEOUT, |line| line.starts_with("ready "));
        let words: Vec<_> = ready.split(' ').collect();
        let ["ready", api, "dynamodb", dynamodb] = words[..] else { panic!("{ready}") };
        local.api = api.strip_prefix("http://").unwrap().to_owned();
        local.dynamodb = dynamodb.strip_prefix("http://").unwrap().to_owned();
        local
    }

    /// Everything that it has printed so far.
    pub(crate) fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    /// Waits until the condition is met.
    pub(crate) fn wait_until(&mut self, is_met: impl Fn(&Self) -> bool) {
        self.wait(LINE_TIMEOUT, |local| is_met(local).then_some(()));
    }

    /// The first line that fits; waits for it.
    pub(crate) fn wait_for(&mut self, fits: impl Fn(&str) -> bool) -> String {
        self.line(LINE_TIMEOUT, fits)
    }

    fn line(&mut self, timeout: Duration, fits: impl Fn(&str) -> bool) -> String {
        self.wait(timeout, |local| local.output().lines().find(|it| fits(it)).map(str::to_owned))
    }

    fn wait<T>(&mut self, timeout: Duration, find: impl Fn(&Self) -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            let has_ended = self.process.try_wait().unwrap().is_some();
            if let Some(found) = find(self) {
                return found;
            }
            assert!(!has_ended && started.elapsed() < timeout, "not found:\n{}", self.output());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a `GET`, and returns the response's status.
    pub(crate) fn get(&self, path: &str, key: Option<&str>) -> u16 {
        let header = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n{header}\r\n");
        status(&send(&self.api, &request))
    }

    /// Sends a signal, waits for the end, and returns everything that was printed.
    pub(crate) fn stop(self, signal: &str) -> String {
        self.end(signal).output()
    }

    /// The same, but returns only what was printed on standard output.
    pub(crate) fn stop_stdout(self, signal: &str) -> String {
        self.end(signal).stdout.lock().unwrap().clone()
    }

    fn end(mut self, signal: &str) -> Self {
        let process = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &process]).status().unwrap().success());
        assert_eq!(self.process.wait().unwrap().code(), Some(0), "{}", self.output());
        // The readers need a moment to see the end of the output.
        while Arc::strong_count(&self.output) > 1 {
            std::thread::sleep(Duration::from_millis(10));
        }
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
