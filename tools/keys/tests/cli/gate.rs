//! A server between the tool and the table, or in the place of it.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    body::Body,
    extract::Request,
    http::{StatusCode, Uri, header::AUTHORIZATION},
    response::{AppendHeaders, IntoResponse, Response},
};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::{net::TcpListener, sync::Notify, time::timeout};

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    /// It waits until the gate is opened, and then reaches the table.
    Held,
    /// It reaches the table, and its response gets lost.
    ResponseLost,
    /// It does not reach the table, and the tool gets this response, as if from DynamoDB.
    Refused(u16, &'static str),
    /// The same, without DynamoDB's request ID.
    Foreign(u16, &'static str),
}

/// Forwards all requests to the table but one. Without a table, all have the same fate.
pub(crate) struct Gate {
    table: Option<String>,
    /// The number of requests before the gate's request.
    passes: usize,
    fate: Fate,
    seen: AtomicUsize,
    has_arrived: Notify,
    pub(crate) is_open: Notify,
    authorization: Mutex<String>,
}

impl Gate {
    /// A gate, and its URL.
    pub(crate) async fn start(
        table: Option<&str>,
        passes: usize,
        fate: Fate,
    ) -> (Arc<Self>, String) {
        let gate = Arc::new(Self {
            table: table.map(str::to_owned),
            passes,
            fate,
            seen: AtomicUsize::new(0),
            has_arrived: Notify::new(),
            is_open: Notify::new(),
            authorization: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let of_requests = gate.clone();
        let pass = async move |request| of_requests.pass(request).await;
        let routes = axum::Router::new().fallback(pass);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (gate, url)
    }

    /// Returns once the gate's request is there, and has reached the table unless it is held.
    pub(crate) async fn has_arrived(&self) {
        timeout(Duration::from_secs(30), self.has_arrived.notified()).await.unwrap();
    }

    /// The access key ID and the region that the last request was signed with.
    pub(crate) fn signer(&self) -> String {
        let authorization = self.authorization.lock().unwrap();
        let (_, scope) = authorization.split_once("Credential=").unwrap();
        let parts: Vec<_> = scope.split('/').collect();
        format!("{} {}", parts[0], parts[2])
    }

    async fn pass(&self, request: Request) -> Response {
        let header = request.headers()[AUTHORIZATION].to_str().unwrap();
        *self.authorization.lock().unwrap() = header.to_owned();
        let number = self.seen.fetch_add(1, Ordering::SeqCst);
        if self.table.is_some() && number != self.passes {
            return self.forward(request).await;
        }
        let (status, id, body) = match self.fate {
            Fate::Held => {
                self.has_arrived.notify_one();
                self.is_open.notified().await;
                return self.forward(request).await;
            }
            Fate::ResponseLost => {
                self.forward(request).await;
                self.has_arrived.notify_one();
                return std::future::pending().await;
            }
            Fate::Refused(status, body) => (status, Some("request-1"), body),
            Fate::Foreign(status, body) => (status, None, body),
        };
        let id = AppendHeaders(id.map(|id| ("x-amzn-requestid", id)));
        (StatusCode::from_u16(status).unwrap(), id, body).into_response()
    }

    async fn forward(&self, mut request: Request) -> Response {
        *request.uri_mut() = self.table.as_ref().unwrap().parse::<Uri>().unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        client.request(request).await.unwrap().map(Body::new)
    }
}
