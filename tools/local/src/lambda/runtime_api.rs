//! The Lambda Runtime API of one execution environment (Lambda's guide, "Using the Lambda
//! runtime API for custom runtimes").

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tokio::{
    net::TcpListener,
    sync::{Mutex as AsyncMutex, Notify, mpsc, oneshot},
    task::AbortHandle,
};
use uuid::Uuid;

use super::{ACCOUNT_ID, REGION};

/// A function's response, or the error that it reported.
pub type Outcome = Result<Bytes, Bytes>;

/// A running Runtime API. Dropping it ends its server.
pub struct RuntimeApi {
    /// Its address, for `AWS_LAMBDA_RUNTIME_API`.
    pub address: SocketAddr,
    invocations: mpsc::Sender<Invocation>,
    shared: Arc<Shared>,
    server: AbortHandle,
}

struct Invocation {
    id: String,
    event: Bytes,
    deadline: SystemTime,
    reply: oneshot::Sender<Outcome>,
}

struct Shared {
    function: String,
    waiting: AsyncMutex<mpsc::Receiver<Invocation>>,
    /// Notified when the process requests an event.
    is_ready: Notify,
    running: Mutex<Option<(String, oneshot::Sender<Outcome>)>>,
}

impl RuntimeApi {
    /// Serves the API to one process of `function`, on a free port of the loopback interface.
    pub async fn serve(function: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (invocations, waiting) = mpsc::channel(1);
        let shared = Arc::new(Shared {
            function: function.to_owned(),
            waiting: AsyncMutex::new(waiting),
            is_ready: Notify::new(),
            running: Mutex::new(None),
        });
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(respond))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(fail))
            .route("/2018-06-01/runtime/init/error", post(|| async { StatusCode::ACCEPTED }))
            .layer(DefaultBodyLimit::disable())
            .with_state(shared.clone());
        let server = tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { address, invocations, shared, server: server.abort_handle() })
    }

    /// Returns when the process requests its first event: it has started.
    pub async fn ready(&self) {
        self.shared.is_ready.notified().await;
    }

    /// Gives an event to the process as soon as it requests one. `None` if the process ended before
    /// it responded.
    pub async fn invoke(&self, event: Bytes, timeout: Duration) -> Option<Outcome> {
        self.invoke_with_id(Uuid::new_v4().to_string(), event, timeout).await
    }

    /// The same, with a request ID of the caller's choice.
    pub(crate) async fn invoke_with_id(
        &self,
        id: String,
        event: Bytes,
        timeout: Duration,
    ) -> Option<Outcome> {
        let (reply, outcome) = oneshot::channel();
        let deadline = SystemTime::now() + timeout;
        self.invocations.send(Invocation { id, event, deadline, reply }).await.ok()?;
        outcome.await.ok()
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    shared.is_ready.notify_one();
    let Some(invocation) = shared.waiting.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let deadline = invocation.deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{}", shared.function);
    let headers = [
        ("lambda-runtime-aws-request-id", invocation.id.clone()),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        ("lambda-runtime-invoked-function-arn", arn),
        ("content-type", "application/json".to_owned()),
    ];
    *shared.running.lock().unwrap_or_else(PoisonError::into_inner) =
        Some((invocation.id, invocation.reply));
    (headers, invocation.event).into_response()
}

async fn respond(shared: State<Arc<Shared>>, id: Path<String>, body: Bytes) -> StatusCode {
    shared.finish(&id, Ok(body))
}

async fn fail(shared: State<Arc<Shared>>, id: Path<String>, body: Bytes) -> StatusCode {
    shared.finish(&id, Err(body))
}

impl Shared {
    fn finish(&self, id: &str, outcome: Outcome) -> StatusCode {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match running.take_if(|(running, _)| running == id) {
            // Fails if the invocation has timed out, which the function need not know.
            Some((_, reply)) => {
                let _ = reply.send(outcome);
                StatusCode::ACCEPTED
            }
            None => StatusCode::BAD_REQUEST,
        }
    }
}
