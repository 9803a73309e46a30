//! What stands between the tool and the table, to let a request get lost or wait.

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

/// What becomes of the request that the gate is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    /// It does not reach the table, and gets no answer.
    Lost,
    /// It reaches the table, and its answer gets lost.
    Unanswered,
    /// It reaches the table, and the tool is told that the table failed.
    AnsweredBy500,
    /// It waits until the gate is opened.
    Held,
}

/// Stands between the tool and the table, and lets so many requests through before its own.
pub(crate) struct Gate {
    table: String,
    passes: usize,
    fate: Fate,
    seen: AtomicUsize,
    has_come: Notify,
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
            has_come: Notify::new(),
            is_open: Notify::new(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = axum::Router::new().fallback(pass).with_state(gate.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (gate, url)
    }

    /// Returns once the request is there, and has reached the table if it was to.
    pub(crate) async fn has_come(&self) {
        let limit = std::time::Duration::from_secs(30);
        tokio::time::timeout(limit, self.has_come.notified()).await.unwrap();
    }
}

async fn pass(State(gate): State<Arc<Gate>>, mut request: Request) -> Response<Body> {
    *request.uri_mut() = gate.table.parse::<Uri>().unwrap();
    let forward = async |request| gate.client.request(request).await.unwrap().map(Body::new);
    if gate.seen.fetch_add(1, Ordering::SeqCst) != gate.passes {
        return forward(request).await;
    }
    if gate.fate == Fate::Held {
        gate.has_come.notify_one();
        gate.is_open.notified().await;
        return forward(request).await;
    }
    if gate.fate != Fate::Lost {
        forward(request).await;
    }
    gate.has_come.notify_one();
    if gate.fate == Fate::AnsweredBy500 {
        return Response::builder().status(500).body(Body::empty()).unwrap();
    }
    std::future::pending().await
}
