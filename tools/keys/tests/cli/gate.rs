//! A proxy between the tool and the table that loses, holds or refuses one request.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Response, Uri},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{net::TcpListener, sync::Notify};

/// What happens to the gate's request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    /// It does not reach the table, and gets no response.
    RequestLost,
    /// It reaches the table, and its response gets lost.
    ResponseLost,
    /// It reaches the table, and the tool gets a 500.
    ServerError,
    /// It waits until the gate is opened, and then reaches the table.
    Held,
    /// It does not reach the table, and the tool gets this error of DynamoDB.
    Refused(&'static str),
}

/// Forwards every request but one to the table.
pub(crate) struct Gate {
    table: String,
    /// The number of requests before the gate's request.
    passes: usize,
    fate: Fate,
    seen: AtomicUsize,
    has_arrived: Notify,
    pub(crate) is_open: Notify,
    client: Client<HttpConnector, Body>,
}

impl Gate {
    pub(crate) async fn start(table: &str, passes: usize, fate: Fate) -> (Arc<Self>, String) {
        let gate = Arc::new(Self {
            table: table.to_owned(),
            passes,
            fate,
            seen: AtomicUsize::new(0),
            has_arrived: Notify::new(),
            is_open: Notify::new(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = axum::Router::new().fallback(pass).with_state(gate.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (gate, url)
    }

    /// Returns once the gate's request is there, and has reached the table unless it is held or
    /// does not reach it.
    pub(crate) async fn has_arrived(&self) {
        let limit = std::time::Duration::from_secs(30);
        tokio::time::timeout(limit, self.has_arrived.notified()).await.unwrap();
    }

    /// The number of requests so far.
    pub(crate) fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

async fn pass(State(gate): State<Arc<Gate>>, mut request: Request) -> Response<Body> {
    *request.uri_mut() = gate.table.parse::<Uri>().unwrap();
    let forward = async |request| gate.client.request(request).await.unwrap().map(Body::new);
    if gate.seen.fetch_add(1, Ordering::SeqCst) != gate.passes {
        return forward(request).await;
    }
    match gate.fate {
        Fate::RequestLost => gate.has_arrived.notify_one(),
        Fate::ResponseLost => {
            forward(request).await;
            gate.has_arrived.notify_one();
        }
        Fate::ServerError => {
            forward(request).await;
            return Response::builder().status(500).body(Body::empty()).unwrap();
        }
        Fate::Held => {
            gate.has_arrived.notify_one();
            gate.is_open.notified().await;
            return forward(request).await;
        }
        Fate::Refused(error) => {
            let response = Response::builder().status(400).header("x-amzn-requestid", "request-1");
            return response.body(Body::from(error)).unwrap();
        }
    }
    std::future::pending().await
}
