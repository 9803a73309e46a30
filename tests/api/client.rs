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
        self.line(&format!("{function} {{"), "\"message\":\"request\"", number).await
    }

    /// The line of this number, from 1, among those that start with one text and contain the other.
    pub(crate) async fn line(&self, start: &str, text: &str, number: usize) -> Value {
        // It may arrive a moment later than the response.
        for _ in 0..1_000 {
            let log = self.log.lock().unwrap().clone();
            let mut lines =
                log.lines().filter(|line| line.starts_with(start) && line.contains(text));
            if let Some(line) = lines.nth(number - 1) {
                return serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{text} is not {number} times in the log:\n{}", self.log.lock().unwrap());
    }

    /// Waits until the log has so many lines with this text, and returns the log.
    pub(crate) async fn log_with(&self, text: &str, count: usize) -> String {
        self.line("", text, count).await;
        self.log.lock().unwrap().clone()
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
        self.send_with_body(method, path, headers, b"").await
    }

    /// Sends a request, and checks the response against the contract.
    pub(crate) async fn send_with_body(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let response = send(&self.stack, method, path, headers, body).await;
        contract::check(&response, method == "HEAD");
        response
    }

    /// Invokes `get-user` directly, and checks the response against the contract.
    pub(crate) async fn get_user(&self, event: &Value) -> Response {
        let response = self.invoke("GetUserFunction", event).await.unwrap();
        let headers = response["headers"].as_object().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let response = Response {
            status: response["statusCode"].as_u64().unwrap().try_into().unwrap(),
            headers: headers.map(|(name, value)| (name.clone(), text(value))).collect(),
            body: text(&response["body"]),
        };
        contract::check(&response, event["httpMethod"] == "HEAD");
        response
    }

    /// Invokes the authorizer directly. Returns its policy, or its report of an error.
    pub(crate) async fn authorize(&self, event: &Value) -> Result<Value, Value> {
        self.invoke("AuthorizerFunction", event).await
    }

    /// Whether the authorizer says Allow or Deny.
    pub(crate) async fn effect(&self, event: &Value) -> Value {
        let mut response = self.authorize(event).await.unwrap();
        response["policyDocument"]["Statement"][0]["Effect"].take()
    }

    pub(crate) async fn invoke(&self, function: &str, event: &Value) -> Result<Value, Value> {
        match self.stack.function(function).unwrap().invoke(event).await {
            Ok(response) => Ok(response),
            Err(InvokeError::Reported { report, .. }) => Err(report),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Sends a request with exactly these bytes as its path and headers.
pub(crate) async fn send(
    stack: &Stack,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Response {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "Host") {
        head += "Host: localhost\r\n";
    }
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut connection = TcpStream::connect(stack.api).await.unwrap();
    connection.write_all(&[head.as_bytes(), b"\r\n", body].concat()).await.unwrap();
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes).await.unwrap();
    Response::parse(&bytes)
}

impl Response {
    fn parse(bytes: &[u8]) -> Self {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut headers);
        let parsed = response.parse(bytes).unwrap();
        let httparse::Status::Complete(end) = parsed else { panic!("an incomplete response") };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let headers = response.headers.iter();
        Self {
            status: response.code.unwrap(),
            headers: headers.map(|it| (it.name.to_lowercase(), text(it.value))).collect(),
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
}
