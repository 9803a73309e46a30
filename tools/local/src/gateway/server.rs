//! The gateway's HTTP server. axum's own does not tell about a request that it cannot read.

use std::{convert::Infallible, time::Duration};

use axum::{
    Extension,
    body::Body,
    extract::ConnectInfo,
    http::{Request, Response},
};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{net::TcpListener, time::sleep};
use tower::{Layer, Service};

use super::{OnRequest, RequestRecord};

/// Serves until it is dropped. A malformed request gets a response without a body, as with axum's
/// server, and is on record.
pub(crate) async fn serve<S>(listener: TcpListener, service: S, on_malformed: OnRequest)
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
{
    loop {
        let Ok((stream, client)) = listener.accept().await else {
            // Too many files are open, say.
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        let service = Extension(ConnectInfo(client)).layer(service.clone());
        let connection = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let on_malformed = on_malformed.clone();
        tokio::spawn(async move {
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
    let status = match reason.as_str() {
        "URI too long" => 414,
        "message head is too large" => 431,
        _ => 400,
    };
    let (method, path) = ("-".to_owned(), "-".to_owned());
    RequestRecord { method, path, status, reason: Some(reason + hint), ..RequestRecord::default() }
}
