//! A DynamoDB with one item for each key, served over HTTP in this process.

use axum::{Router, body::Bytes};
use serde_json::Value;
use tokio::net::TcpListener;

/// Serves the items that `item` returns, as DynamoDB's JSON, for a partition key.
pub async fn serve(listener: TcpListener, item: fn(&str) -> Option<String>) {
    let respond = async move |body: Bytes| respond(&body, item).unwrap_or_else(|| "{}".to_owned());
    axum::serve(listener, Router::new().fallback(respond)).await.expect("it does not end");
}

fn respond(body: &[u8], item: fn(&str) -> Option<String>) -> Option<String> {
    // A function opens its connection with a request that has no body.
    let request: Value = serde_json::from_slice(body).ok()?;
    let key = request["Key"].as_object().and_then(|key| key.values().next()?["S"].as_str());
    let item = item(key.expect("the request is a GetItem with a String as the key"))?;
    Some(format!("{{\"Item\":{item}}}"))
}
