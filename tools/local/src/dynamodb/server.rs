//! The server of the tables. dynoxide's own lets every web page read its responses, and has no option
//! for that: it serves on an address that a page cannot find, behind a server that refuses web pages.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use axum::{
    body::Body,
    extract::{Request, State},
    handler::Handler,
    http::{StatusCode, Uri, header::ORIGIN},
    response::{IntoResponse, Response},
};
use dynoxide::server::serve_on;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::net::TcpListener;
use uuid::Uuid;

use super::tables::Tables;

type Dynoxide = (Client<HttpConnector, Body>, SocketAddr);

impl Tables {
    /// A server of the tables over DynamoDB's protocol, which refuses web pages. It does not end.
    ///
    /// # Errors
    /// The operating system's error.
    pub async fn server(
        self,
        listener: TcpListener,
    ) -> io::Result<impl Future<Output = ()> + Send> {
        let hidden = hidden_listener().await?;
        let mut connector = HttpConnector::new();
        // Otherwise a body waits 40 ms for the acknowledgement of its headers.
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let service = forward.with_state((client, hidden.local_addr()?));
        Ok(async move {
            tokio::select! {
                () = serve_on(hidden, self.database) => {}
                _ = axum::serve(listener, service) => {}
            }
        })
    }
}

/// On one of two billion addresses. Where the operating system has only the usual one (macOS), on one
/// of its free ports.
async fn hidden_listener() -> io::Result<TcpListener> {
    let [a, b, ..] = Uuid::new_v4().into_bytes();
    match TcpListener::bind((Ipv4Addr::new(127, a, b, 1), 0)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await,
    }
}

/// Refuses a request of a web page. Browsers add `Origin` to every `POST` (Fetch standard, "HTTP
/// extensions").
async fn forward(State((client, address)): State<Dynoxide>, mut request: Request) -> Response {
    if request.headers().contains_key(ORIGIN) {
        let text = "cargo local: DynamoDB is not for web pages: send the request without Origin\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let uri = Uri::builder().scheme("http").authority(address.to_string()).path_and_query(path);
    match uri.build() {
        Ok(uri) => *request.uri_mut() = uri,
        Err(_) => return StatusCode::BAD_REQUEST.into_response(),
    }
    match client.request(request).await {
        Ok(response) => response.map(Body::new),
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error}\n")).into_response(),
    }
}
