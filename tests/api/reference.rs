//! The reference page and the contract, which the local stack serves beside the API.

use std::sync::{Arc, Mutex};

use credira_local::{Options, Stack, demo, gateway::RequestRecord};
use serde_json::{Value, json};

use crate::client::{Response, options, send};

const CONTRACT: &str = include_str!("../../contract/credira-users.openapi.yaml");

/// Unlike those of the API, these responses have no envelope.
async fn get(stack: &Stack, path: &str) -> Response {
    send(stack, "GET", path, &[], b"").await
}

#[tokio::test]
async fn the_page_offers_every_demo_key_if_it_is_in_the_table() {
    for has_demo_data in [true, false] {
        let stack = Stack::start(Options { has_demo_data, ..options() }).await.unwrap();
        let page = get(&stack, "/docs").await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        for key in demo::keys().unwrap() {
            let is_offered = page.body.contains(&format!("value=\"{}\"", key.key));
            assert_eq!(is_offered, has_demo_data, "{}", key.name);
        }
        assert_eq!(page.body.contains("crd_"), has_demo_data);
        let head = send(&stack, "HEAD", "/docs", &[], b"").await;
        assert_eq!(head.header("content-length"), Some(&*page.body.len().to_string()));
        assert_eq!(head.body, "");
    }
}

#[tokio::test]
async fn the_contract_names_the_local_server_first() {
    let stack = Stack::start(options()).await.unwrap();
    let response = get(&stack, "/openapi.yaml").await;
    assert_eq!(response.header("content-type"), Some("application/yaml"));
    let mut served: Value = serde_yaml_ng::from_str(&response.body).unwrap();
    let local = served["servers"].as_array_mut().unwrap().remove(0);
    assert_eq!(local, json!({ "url": "/", "description": "This cargo local" }));
    assert_eq!(served, serde_yaml_ng::from_str::<Value>(CONTRACT).unwrap());
}

#[tokio::test]
async fn other_paths_and_methods_are_the_apis_and_only_they_are_in_the_request_log() {
    let paths = Arc::new(Mutex::new(Vec::new()));
    let log = paths.clone();
    let on_request =
        Box::new(move |record: &RequestRecord| log.lock().unwrap().push(record.path.clone()));
    let stack = Stack::start(Options { on_request, ..options() }).await.unwrap();
    for path in ["/docs", "/docs/reference.js", "/openapi.yaml"] {
        assert_eq!(get(&stack, path).await.status, 200, "{path}");
    }
    let others = [
        ("GET", "/docs/index.html"),
        ("GET", "/docs/swagger-ui-bundle.js.map"),
        ("GET", "/openapi.yaml/"),
        ("GET", "/openapi.json"),
        ("POST", "/docs"),
        ("OPTIONS", "/openapi.yaml"),
    ];
    for (method, path) in others {
        let response = send(&stack, method, path, &[], b"").await;
        assert_eq!(response.json()["error"]["message"], "Route not found", "{path}");
    }
    assert_eq!(*paths.lock().unwrap(), others.map(|(_, path)| path));
}
