//! The reference page and the contract, which the local stack serves beside the API.

use std::sync::{Arc, Mutex};

use credira_local::{Options, Stack, demo, gateway::RequestRecord};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::client::{Api, Response, options};

const CONTRACT: &str = include_str!("../../contract/credira-users.openapi.yaml");

/// Sends a request. Unlike those of the API, these responses have no envelope.
async fn send(stack: &Stack, method: &str, path: &str) -> Response {
    let mut connection = TcpStream::connect(stack.api).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes).await.unwrap();
    Response::parse(&bytes)
}

#[tokio::test]
async fn the_page_offers_every_demo_key() {
    let stack = Stack::start(options()).await.unwrap();
    let page = send(&stack, "GET", "/docs").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    for key in demo::keys().unwrap() {
        assert!(page.body.contains(&format!("value=\"{}\"", key.key)), "{}", key.name);
    }
}

#[tokio::test]
async fn the_page_offers_no_key_that_is_not_in_the_table() {
    let stack = Stack::start(Options { has_demo_data: false, ..options() }).await.unwrap();
    let page = send(&stack, "GET", "/docs").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("crd_"));
}

#[tokio::test]
async fn the_contract_names_the_local_server_first() {
    let stack = Stack::start(options()).await.unwrap();
    let response = send(&stack, "GET", "/openapi.yaml").await;
    assert_eq!(response.header("content-type"), Some("application/yaml"));
    let mut served: Value = serde_yaml_ng::from_str(&response.body).unwrap();
    let local = served["servers"].as_array_mut().unwrap().remove(0);
    assert_eq!(local, json!({ "url": "/", "description": "This cargo local" }));
    assert_eq!(served, serde_yaml_ng::from_str::<Value>(CONTRACT).unwrap());
}

#[tokio::test]
async fn head_has_the_headers_of_the_page_and_no_body() {
    let stack = Stack::start(options()).await.unwrap();
    let get = send(&stack, "GET", "/docs").await;
    let head = send(&stack, "HEAD", "/docs").await;
    assert_eq!(head.header("content-length"), Some(&*get.body.len().to_string()));
    assert_eq!(head.body, "");
}

#[tokio::test]
async fn other_paths_and_methods_are_the_apis() {
    let api = Api::start().await;
    for (method, path) in [
        ("GET", "/docs/"),
        ("GET", "/docs/index.html"),
        ("GET", "/docs/swagger-ui-bundle.js.map"),
        ("GET", "/openapi.yaml/"),
        ("GET", "/openapi.json"),
        ("POST", "/docs"),
        ("OPTIONS", "/openapi.yaml"),
    ] {
        let response = api.send(method, path, &[]).await;
        response.assert_error(404, "NOT_FOUND", "Route not found");
    }
}

#[tokio::test]
async fn the_request_log_has_only_requests_to_the_api() {
    let paths = Arc::new(Mutex::new(Vec::new()));
    let log = paths.clone();
    let on_request = Box::new(move |record: &RequestRecord| {
        log.lock().unwrap().push(record.path.clone());
    });
    let stack = Stack::start(Options { on_request, ..options() }).await.unwrap();
    for path in ["/docs", "/docs/reference.js", "/openapi.yaml", "/elsewhere"] {
        send(&stack, "GET", path).await;
    }
    assert_eq!(*paths.lock().unwrap(), ["/elsewhere"]);
}
