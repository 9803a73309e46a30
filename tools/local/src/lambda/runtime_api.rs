//! The Lambda Runtime API of one execution environment (Lambda's guide, "Using the Lambda
//! runtime API for custom runtimes").

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
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
    sync::{mpsc, oneshot},
    task::AbortHandle,
};
use uuid::Uuid;

use super::{ACCOUNT_ID, REGION};

/// A function's response, or the error that it reported.
pub type Outcome = Result<Bytes, Bytes>;

/// Takes the response to a process that requested an event.
type Next = oneshot::Sender<Response>;

/// A running Runtime API. Dropping it ends its server.
pub struct RuntimeApi {
    /// Its address, for `AWS_LAMBDA_RUNTIME_API`.
    pub address: SocketAddr,
    function_arn: String,
    requests: mpsc::Receiver<Next>,
    /// The process waits for an event.
    next: Option<Next>,
    /// Each with the ID of its request.
    outcomes: mpsc::Receiver<(String, Outcome)>,
    server: AbortHandle,
}

impl RuntimeApi {
    /// Serves the API to one process of `function`, on a free port of the loopback interface.
    pub async fn serve(function: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let function_arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{function}");
        let (to_requests, requests) = mpsc::channel(1);
        let (to_outcomes, outcomes) = mpsc::channel(1);
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .with_state(to_requests)
            .route(
                "/2018-06-01/runtime/invocation/{id}/response",
                post(|outcomes, id, response| finish(outcomes, id, Ok(response))),
            )
            .route(
                "/2018-06-01/runtime/invocation/{id}/error",
                post(|outcomes, id, report| finish(outcomes, id, Err(report))),
            )
            .with_state(to_outcomes)
            .route("/2018-06-01/runtime/init/error", post(|| async { StatusCode::ACCEPTED }))
            .layer(DefaultBodyLimit::disable());
        let server = tokio::spawn(async move { axum::serve(listener, routes).await });
        let server = server.abort_handle();
        Ok(Self { address, function_arn, requests, next: None, outcomes, server })
    }

    /// Returns when the process requests its first event: it has started.
    pub async fn ready(&mut self) {
        if self.next.is_none() {
            self.next = self.requests.recv().await;
        }
    }

    /// Gives an event to the process as soon as it requests one. `None` if the server has ended.
    pub async fn invoke(&mut self, event: Bytes, timeout: Duration) -> Option<Outcome> {
        self.invoke_with_id(&Uuid::new_v4().to_string(), event, timeout).await
    }

    /// The same, with a request ID of the caller's choice.
    pub(crate) async fn invoke_with_id(
        &mut self,
        id: &str,
        event: Bytes,
        timeout: Duration,
    ) -> Option<Outcome> {
        let deadline = (SystemTime::now() + timeout).duration_since(UNIX_EPOCH).unwrap_or_default();
        let headers = [
            ("lambda-runtime-aws-request-id", id.to_owned()),
            ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
            ("lambda-runtime-invoked-function-arn", self.function_arn.clone()),
            ("content-type", "application/json".to_owned()),
        ];
        let mut response = Some((headers, event).into_response());
        // A process that closed its connection has requested the event again.
        while let Some(event) = response {
            self.ready().await;
            response = self.next.take()?.send(event).err();
        }
        loop {
            // A second response to an earlier request is ignored.
            let (of, outcome) = self.outcomes.recv().await?;
            if of == id {
                return Some(outcome);
            }
        }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(requests): State<mpsc::Sender<Next>>) -> Result<Response, StatusCode> {
    let (next, event) = oneshot::channel();
    // Both fail only if nobody has events for this process any more.
    requests.send(next).await.map_err(|_| StatusCode::GONE)?;
    event.await.map_err(|_| StatusCode::GONE)
}

async fn finish(
    State(outcomes): State<mpsc::Sender<(String, Outcome)>>,
    Path(id): Path<String>,
    outcome: Outcome,
) -> StatusCode {
    // Fails if nobody waits for it any more, which the function need not know.
    let _ = outcomes.send((id, outcome)).await;
    StatusCode::ACCEPTED
}
