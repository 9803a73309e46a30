//! Servers between the tool and the table, or in the place of it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    body::Body,
    extract::Request,
    http::{Response, Uri, header::AUTHORIZATION},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{net::TcpListener, sync::Notify};

/// What happens to a request.
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
    /// It does not reach the table, and the tool gets this response, as if from DynamoDB.
    Refused(u16, &'static str),
    /// The same, without DynamoDB's request ID.
    Foreign(u16, &'static str),
}

/// Forwards all requests to the table but one, or none.
pub(crate) struct Gate {
    table: Option<String>,
    /// The number of requests before the gate's request.
    passes: usize,
    fate: Fate,
    seen: AtomicUsize,
    has_arrived: Notify,
    pub(crate) is_open: Notify,
    authorization: Mutex<String>,
    client: Client<HttpConnector, Body>,
}

impl Gate {
    /// In front of the table.
    pub(crate) async fn start(table: &str, passes: usize, fate: Fate) -> (Arc<Self>, String) {
        Self::serve(Some(table.to_owned()), passes, fate).await
    }

    /// Gives every request this response.
    pub(crate) async fn closed(fate: Fate) -> (Arc<Self>, String) {
        Self::serve(None, 0, fate).await
    }

    async fn serve(table: Option<String>, passes: usize, fate: Fate) -> (Arc<Self>, String) {
        let gate = Arc::new(Self {
            table,
            passes,
            fate,
            seen: AtomicUsize::new(0),
            has_arrived: Notify::new(),
            is_open: Notify::new(),
            authorization: Mutex::default(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let of_requests = gate.clone();
        let pass = async move |request| of_requests.pass(request).await;
        let routes = axum::Router::new().fallback(pass);
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

    /// The access key ID and the region that the last request was signed with.
    pub(crate) fn signer(&self) -> [String; 2] {
        let authorization = self.authorization.lock().unwrap();
        let (_, scope) = authorization.split_once("Credential=").unwrap();
        let parts: Vec<_> = scope.split('/').collect();
        [parts[0].to_owned(), parts[2].to_owned()]
    }

    async fn pass(&self, request: Request) -> Response<Body> {
        let header = request.headers()[AUTHORIZATION].to_str().unwrap();
        *self.authorization.lock().unwrap() = header.to_owned();
        let number = self.seen.fetch_add(1, Ordering::SeqCst);
        if self.table.is_some() && number != self.passes {
            return self.forward(request).await;
        }
        let respond = |status, id: Option<&str>, body| {
            let response = Response::builder().status(status);
            let response = id.iter().fold(response, |it, id| it.header("x-amzn-requestid", *id));
            response.body(Body::from(body)).unwrap()
        };
        match self.fate {
            Fate::RequestLost => self.has_arrived.notify_one(),
            Fate::ResponseLost => {
                self.forward(request).await;
                self.has_arrived.notify_one();
            }
            Fate::ServerError => {
                self.forward(request).await;
                return respond(500, None, "");
            }
            Fate::Held => {
                self.has_arrived.notify_one();
                self.is_open.notified().await;
                return self.forward(request).await;
            }
            Fate::Refused(status, body) => return respond(status, Some("request-1"), body),
            Fate::Foreign(status, body) => return respond(status, None, body),
        }
        std::future::pending().await
    }

    async fn forward(&self, mut request: Request) -> Response<Body> {
        *request.uri_mut() = self.table.as_ref().unwrap().parse::<Uri>().unwrap();
        self.client.request(request).await.unwrap().map(Body::new)
    }
}
