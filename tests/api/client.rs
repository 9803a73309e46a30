//! A local stack, and a client that sends exactly the bytes it is given.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use credira_local::{MAX_ENVIRONMENTS, Options, Stack, demo, function::InvokeError};
use insta::internals::SettingsBindDropGuard;
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

/// A demo key by its name, which says what it does (`tools/local/demo/api-keys.json`).
pub(crate) fn key(name: &str) -> String {
    let keys = demo::keys().unwrap();
    keys.into_iter().find(|key| key.name == name).unwrap().key
}

impl Api {
    pub(crate) async fn start() -> Self {
        Self::with_options(options()).await
    }

    /// A stack whose functions look for DynamoDB at another URL.
    pub(crate) async fn with_dynamodb(url: &str) -> Self {
        Self::with_variables(vec![("AWS_ENDPOINT_URL_DYNAMODB", url.to_owned())]).await
    }

    /// A stack whose functions have other environment variables.
    pub(crate) async fn with_variables(variables: Vec<(&'static str, String)>) -> Self {
        Self::with_options(Options { variables, ..options() }).await
    }

    pub(crate) async fn with_options(mut options: Options) -> Self {
        options.variables.insert(0, ("AWS_LAMBDA_LOG_LEVEL", "TRACE".to_owned()));
        let log = Arc::new(Mutex::new(String::new()));
        let lines = log.clone();
        options.log = Arc::new(move |function, line| {
            *lines.lock().unwrap() += &format!("{function} {line}\n");
        });
        Self { stack: Stack::start(options).await.unwrap(), log }
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

    /// Waits until the log has so many lines, empties it, and returns the authorizer's lines and then
    /// those of `get-user`.
    pub(crate) async fn take_log(&self, count: usize) -> String {
        self.line("", "", count).await;
        let log = std::mem::take(&mut *self.log.lock().unwrap());
        let mut lines: Vec<_> = log.split_inclusive('\n').collect();
        lines.sort_by_key(|line| line.split(' ').next());
        lines.concat()
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
    let mut response = String::new();
    connection.read_to_string(&mut response).await.unwrap();
    Response::parse(&response)
}

impl Response {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Self { status, headers: headers.collect(), body: body.to_owned() }
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

    /// The names of the headers in alphabetical order, without those of the HTTP server.
    pub(crate) fn header_names(&self) -> Vec<&str> {
        let names = self.headers.iter().map(|(name, _)| name.as_str());
        let mut names: Vec<_> =
            names.filter(|name| !["connection", "content-length", "date"].contains(name)).collect();
        names.sort_unstable();
        names
    }

    /// All of it, for a snapshot. The members of the body stand in lines of their own.
    pub(crate) fn text(&self) -> String {
        let names = self.header_names().into_iter();
        let headers = names.map(|name| format!("{name}: {}\n", self.header(name).unwrap()));
        let body = self.body.replace(",\"", ",\n\"");
        format!("{}\n{}{body}\n", self.status, headers.collect::<String>())
    }
}

/// Replaces times, IDs and durations in a snapshot.
pub(crate) fn filters() -> SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    let time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d";
    settings.add_filter(&format!(r#""timestamp":"{time}Z""#), r#""timestamp":"NOW""#);
    settings.add_filter(&format!(r#""timestamp":"{time}\.\d{{3}}Z""#), r#""timestamp":"NOW.MS""#);
    settings.add_filter(r"\breq_[0-9a-f]{8}-[0-9a-f-]{27}", "req_LAMBDA_ID");
    settings.add_filter(r"\breq_[\w=+/-]{10,}", "req_ID");
    settings.add_filter(r#""lambda_request_id":"[0-9a-f-]{36}""#, r#""lambda_request_id":"ID""#);
    settings.add_filter(r#"ms":\d+(\.\d{1,3})?"#, r#"ms":MS"#);
    settings.add_filter(r"(x-amz-apigw-id|x-amzn-requestid): .*", "$1: …");
    // Its number differs between systems.
    settings.add_filter(r"\(os error \d+\)", "(os error)");
    settings.bind_to_scope()
}

/// Whether it is the current time, in this format of chrono.
pub(crate) fn is_now(time: &Value, format: &str) -> bool {
    let ago = |seconds| (Utc::now() - TimeDelta::seconds(seconds)).format(format).to_string();
    (ago(60)..=ago(0)).contains(&time.as_str().unwrap().to_owned())
}
