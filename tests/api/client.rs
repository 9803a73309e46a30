//! A local stack, and a client that sends exactly the bytes it is given.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use credira_local::{MAX_ENVIRONMENTS, Options, Stack, function::InvokeError};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::contract;

pub(crate) const PAGE_USER: &str = "/v1/users/user_123456789";

/// A local stack of its own for each test, with the demo data.
pub(crate) struct Api {
    pub(crate) stack: Stack,
    /// Whatever the functions wrote.
    pub(crate) log: Arc<Mutex<String>>,
}

pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Free ports, tables in memory with the demo data, and the binaries of this build.
pub(crate) fn options() -> Options {
    Options {
        host: [127, 0, 0, 1].into(),
        port: 0,
        dynamodb_port: 0,
        data: None,
        has_demo_data: true,
        binaries: Path::new(env!("CARGO_BIN_EXE_get-user")).parent().unwrap().to_owned(),
        max_environments: MAX_ENVIRONMENTS,
        variables: vec![],
        log: Arc::new(|_, _| {}),
        on_request: Box::new(|_| {}),
    }
}

impl Api {
    pub(crate) async fn start() -> Self {
        Self::with_variables(vec![]).await
    }

    /// A stack whose functions look for DynamoDB at another URL.
    pub(crate) async fn with_dynamodb(url: &str) -> Self {
        Self::with_variables(vec![("AWS_ENDPOINT_URL_DYNAMODB", url.to_owned())]).await
    }

    /// A stack whose functions have other environment variables.
    pub(crate) async fn with_variables(mut variables: Vec<(&'static str, String)>) -> Self {
        variables.insert(0, ("AWS_LAMBDA_LOG_LEVEL", "TRACE".to_owned()));
        let log = Arc::new(Mutex::new(String::new()));
        let lines = log.clone();
        let stack = Stack::start(Options {
            variables,
            log: Arc::new(move |function, line| {
                *lines.lock().unwrap() += &format!("{function} {line}\n");
            }),
            ..options()
        });
        Self { stack: stack.await.unwrap(), log }
    }

    /// A stack with other options. Its log is not kept.
    pub(crate) async fn with_options(options: Options) -> Self {
        Self { stack: Stack::start(options).await.unwrap(), log: Arc::default() }
    }

    /// The line that a function wrote about its request of this number, from 1.
    pub(crate) async fn request_line(&self, function: &str, number: usize) -> Value {
        // It may arrive a moment later than the response.
        for _ in 0..1_000 {
            if let Some(line) = self.find_request_line(function, number) {
                return serde_json::from_str(&line).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("no line {number} of {function}");
    }

    /// Waits until the log has so many lines with this text, and returns the log.
    pub(crate) async fn log_with(&self, text: &str, count: usize) -> String {
        for _ in 0..1_000 {
            let log = self.log.lock().unwrap().clone();
            if log.lines().filter(|line| line.contains(text)).count() >= count {
                return log;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{text} is not {count} times in the log:\n{}", self.log.lock().unwrap());
    }

    fn find_request_line(&self, function: &str, number: usize) -> Option<String> {
        let log = self.log.lock().unwrap();
        let lines = log.lines().filter_map(|line| line.strip_prefix(function)?.strip_prefix(' '));
        let mut lines = lines.filter(|line| line.contains("\"message\":\"request\""));
        lines.nth(number - 1).map(ToOwned::to_owned)
    }

    /// `GET` with a key.
    pub(crate) async fn get(&self, path: &str, key: &str) -> Response {
        self.send("GET", path, &[("Authorization", &format!("Bearer {key}"))]).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Response {
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"
        );
        self.send_bytes(request.as_bytes()).await
    }

    /// Sends a whole request, which must have `Connection: close`, and checks the response against
    /// the contract.
    pub(crate) async fn send_bytes(&self, request: &[u8]) -> Response {
        let mut connection = TcpStream::connect(self.stack.api).await.unwrap();
        connection.write_all(request).await.unwrap();
        let mut bytes = Vec::new();
        connection.read_to_end(&mut bytes).await.unwrap();
        let response = Response::parse(&bytes);
        contract::check(&response, request.starts_with(b"HEAD "));
        response
    }

    /// Invokes a function directly.
    pub(crate) async fn invoke(&self, function: &str, event: &Value) -> Value {
        self.try_invoke(function, event).await.unwrap()
    }

    /// The same, for an invocation that may fail.
    pub(crate) async fn try_invoke(&self, function: &str, event: &Value) -> Result<Value, Value> {
        match self.stack.function(function).unwrap().invoke(event).await {
            Ok(response) => Ok(response),
            Err(InvokeError::Reported { report, .. }) => Err(report),
            Err(error) => panic!("{error}"),
        }
    }
}

impl Response {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut headers);
        let parsed = response.parse(bytes).unwrap();
        let httparse::Status::Complete(end) = parsed else { panic!("an incomplete response") };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            status: response.code.unwrap(),
            headers: response
                .headers
                .iter()
                .map(|header| (header.name.to_lowercase(), text(header.value)))
                .collect(),
            body: text(&bytes[end..]),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(other, _)| other == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} occurs twice");
        value
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The status and the error's code and message.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, code: &str, message: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        let error = serde_json::json!({ "code": code, "message": message });
        assert_eq!(self.json()["error"], error);
    }
}
