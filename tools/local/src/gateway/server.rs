//! The gateway's HTTP server. axum's own does not tell about a request that it cannot read.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
    http::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, time::sleep};
use tower::{Service, ServiceExt};

use super::RequestRecord;

/// Serves until it is dropped. A malformed request gets a response without a body, as with axum's
/// server, and is on record.
pub(crate) async fn serve<S>(
    listener: TcpListener,
    service: S,
    on_malformed: Arc<dyn Fn(&RequestRecord) + Send + Sync>,
) where
    S: Service<Request, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    loop {
        let Ok((stream, client)) = listener.accept().await else {
            // Too many files are open, say.
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (service, on_malformed) = (service.clone(), on_malformed.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(ConnectInfo(client));
                service.clone().oneshot(request)
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await
                && error.is_parse()
            {
                on_malformed(&record(&error));
            }
        });
    }
}

fn record(error: &hyper::Error) -> RequestRecord {
    let reason = error.to_string();
    let hint = " (does the key end with a carriage return?)";
    let hint = if reason.contains("header parsed") { hint } else { "" };
    RequestRecord {
        method: "-".to_owned(),
        path: "-".to_owned(),
        status: match reason.as_str() {
            "URI too long" => 414,
            "message head is too large" => 431,
            _ => 400,
        },
        key_id: None,
        reason: Some(reason + hint),
        elapsed: Duration::ZERO,
    }
}
