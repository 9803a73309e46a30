//! An HTTP server that gives every request the same response.

use std::sync::{Arc, Mutex};

use axum::{
    extract::Request,
    http::{StatusCode, header::AUTHORIZATION},
};
use tokio::net::TcpListener;

/// The response of DynamoDB to a query that finds nothing.
pub(crate) const NO_ITEMS: &str = r#"{"Items":[],"Count":0,"ScannedCount":0}"#;

pub(crate) struct Server {
    pub(crate) url: String,
    authorization: Arc<Mutex<String>>,
}

impl Server {
    /// Serves as DynamoDB does, with a request ID.
    pub(crate) async fn dynamodb(status: u16, body: &'static str) -> Self {
        Self::start(status, Some("request-1"), body).await
    }

    /// Serves without DynamoDB's request ID.
    pub(crate) async fn other(status: u16, body: &'static str) -> Self {
        Self::start(status, None, body).await
    }

    async fn start(status: u16, request_id: Option<&'static str>, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let authorization = Arc::new(Mutex::new(String::new()));
        let last = authorization.clone();
        let respond = async move |request: Request| {
            let header = request.headers().get(AUTHORIZATION).unwrap();
            *last.lock().unwrap() = header.to_str().unwrap().to_owned();
            let request_id = request_id.map(|id| [("x-amzn-requestid", id)]);
            (
                StatusCode::from_u16(status).unwrap(),
                request_id.unwrap_or([("server", "test")]),
                body,
            )
        };
        let routes = axum::Router::new().fallback(respond);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, authorization }
    }

    /// The access key ID and the region that the last request was signed with.
    pub(crate) fn signer(&self) -> (String, String) {
        let authorization = self.authorization.lock().unwrap();
        let (_, scope) = authorization.split_once("Credential=").unwrap();
        let parts: Vec<_> = scope.split('/').collect();
        (parts[0].to_owned(), parts[2].to_owned())
    }
}
