//! The clients, and what they count.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use axum::{
    body::{self, Body},
    http::{Request, Uri},
};
use chrono::Utc;
use fastrand::Rng;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{
    sync::{RwLock, RwLockWriteGuard},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    cases::{Case, Cases},
    expectation::{Outcome, Wrong},
    faults::Faults,
    response::Response,
};

/// Longer than the gateway waits for two functions.
const TIMEOUT: Duration = Duration::from_secs(60);
const MAX_BODY: usize = 1 << 20;
/// Between two requests of a client: enough load to keep every environment in use.
const MAX_PAUSE: Duration = Duration::from_millis(10);
/// So many wrong responses are described.
const MAX_EXAMPLES: usize = 5;

/// Clients of one gateway.
pub(crate) struct Clients {
    gateway: SocketAddr,
    http: Client<HttpConnector, Body>,
    faults: Arc<Faults>,
    tally: Mutex<Tally>,
    is_over: AtomicBool,
    /// Read by each request while it is sent.
    sending: RwLock<()>,
}

/// The responses so far.
#[derive(Clone, Default)]
pub(crate) struct Tally {
    pub(crate) requests: u64,
    /// Requests that no fault can have changed.
    pub(crate) undisturbed: u64,
    /// Errors that a fault explains.
    pub(crate) failed: u64,
    pub(crate) wrong: BTreeMap<Wrong, u64>,
    /// Descriptions of the first wrong responses.
    pub(crate) examples: Vec<String>,
}

impl Clients {
    pub(crate) fn new(gateway: SocketAddr, faults: Arc<Faults>) -> Self {
        // A request that the gateway dropped must not be sent a second time.
        let http =
            Client::builder(TokioExecutor::new()).retry_canceled_requests(false).build_http();
        Self {
            gateway,
            http,
            faults,
            tally: Mutex::default(),
            is_over: AtomicBool::new(false),
            sending: RwLock::new(()),
        }
    }

    /// Reads every user once, without faults, to learn their entity tags.
    pub(crate) async fn read_every_user(&self, mut cases: Cases) -> Result<Cases> {
        for case in cases.every_user()? {
            let response = self.send(&case).await;
            ensure!(self.tally().wrong.is_empty(), "{}", self.tally().examples.join("\n"));
            if let Some(etag) = response.as_ref().and_then(|response| response.header("etag")) {
                cases.set_etag(&case.path, etag);
            }
        }
        Ok(cases)
    }

    /// Starts so many clients. Each sends one request after another, until [`end`](Self::end).
    pub(crate) fn start(
        self: &Arc<Self>,
        count: usize,
        cases: &Arc<Cases>,
        rng: &mut Rng,
    ) -> JoinSet<()> {
        let mut clients = JoinSet::new();
        for _ in 0..count {
            let (this, cases, mut rng) = (self.clone(), cases.clone(), rng.fork());
            clients.spawn(async move {
                while !this.is_over.load(Ordering::Relaxed) {
                    if let Some(case) = cases.draw(&mut rng) {
                        let _sending = this.sending.read().await;
                        this.send(&case).await;
                    }
                    sleep(MAX_PAUSE.mul_f64(rng.f64())).await;
                }
            });
        }
        clients
    }

    /// Lets the clients end.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Waits until every request has its response. No further one is sent while the guard lives.
    pub(crate) async fn pause(&self) -> RwLockWriteGuard<'_, ()> {
        self.sending.write().await
    }

    /// The responses so far.
    pub(crate) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the request, and counts its response, which is returned if there is one.
    pub(crate) async fn send(&self, case: &Case) -> Option<Response> {
        let started = Instant::now();
        let response = match timeout(TIMEOUT, self.response(case)).await {
            Ok(response) => response,
            Err(error) => Err(error.into()),
        };
        let effects = self.faults.effects_since(started);
        let (verdict, description) = match &response {
            Ok(response) => {
                let body = String::from_utf8_lossy(&response.body);
                let text = format!("{} {:?} {body:.300}", response.status, response.headers);
                (case.expectation.check(response, &effects), text)
            }
            Err(error) => (Err(Wrong::Response), format!("{error:#}")),
        };
        let mut tally = self.tally();
        tally.requests += 1;
        tally.undisturbed += u64::from(effects.is_empty());
        match verdict {
            Ok(Outcome::Expected) => {}
            Ok(Outcome::Failed) => tally.failed += 1,
            Err(wrong) => {
                *tally.wrong.entry(wrong).or_default() += 1;
                if tally.examples.len() < MAX_EXAMPLES {
                    let Case { method, path, credential, .. } = case;
                    let request = format!("{method} {path} by \"{credential}\"");
                    tally
                        .examples
                        .push(format!("{wrong:?}: {request}, {effects:?}: {description}"));
                }
            }
        }
        response.ok()
    }

    async fn response(&self, case: &Case) -> Result<Response> {
        let uri = Uri::builder().scheme("http").authority(self.gateway.to_string());
        let uri = uri.path_and_query(case.path.as_str()).build()?;
        let mut request = Request::builder().method(case.method).uri(uri);
        for (name, value) in &case.headers {
            request = request.header(*name, value);
        }
        let sent = Utc::now();
        let response =
            self.http.request(request.body(Body::empty())?).await.context("no response")?;
        let (parts, incoming) = response.into_parts();
        let body =
            body::to_bytes(Body::new(incoming), MAX_BODY).await.context("no whole response")?;
        Ok(Response { status: parts.status.as_u16(), headers: parts.headers, body, sent })
    }
}
