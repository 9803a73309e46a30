//! A DynamoDB with one item for each key, served over HTTP in this process.

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Serves the items that `item` returns, as DynamoDB's JSON, for a partition key.
pub async fn serve<F>(listener: TcpListener, item: F)
where
    F: Fn(&str) -> Option<String> + Clone + Send + 'static,
{
    while let Ok((connection, _)) = listener.accept().await {
        tokio::spawn(serve_connection(connection, item.clone()));
    }
}

async fn serve_connection(mut connection: TcpStream, item: impl Fn(&str) -> Option<String>) {
    let mut request = Vec::new();
    while connection.read_buf(&mut request).await.is_ok_and(|length| length > 0) {
        let Some(end) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
        let body = if request.starts_with(b"GET ") {
            // A function opens its connection with this request.
            "{}".to_owned()
        } else if let Ok(body) = serde_json::from_slice::<Value>(&request[end + 4..]) {
            let key = body["Key"].as_object().and_then(|key| key.values().next()?["S"].as_str());
            let item = item(key.expect("the request is a GetItem with a String as the key"));
            item.map_or("{}".to_owned(), |item| format!("{{\"Item\":{item}}}"))
        } else {
            continue;
        };
        request.clear();
        let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if connection.write_all(response.as_bytes()).await.is_err() {
            return;
        }
    }
}
