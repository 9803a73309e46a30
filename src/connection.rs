//! The connection to DynamoDB.
//!
//! One, since a function answers one request at a time. It is opened in Lambda's init phase, where
//! a function has a whole processor, and kept between invocations.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_dynamodb::error::BoxError;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response, Uri,
    body::{Bytes, Incoming},
    client::conn::http1,
};
use hyper_util::{client::legacy::connect::HttpConnector as TcpConnector, rt::TokioIo};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use crate::moment::Moment;

/// Of TCP and TLS together. A packet that is lost is sent again after a second: too late for us.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(400);
/// Of TCP alone, shared by all addresses of a family.
const TCP_TIMEOUT: Duration = Duration::from_millis(300);
/// How long one family of addresses is tried before the other is as well.
const HEAD_START: Duration = Duration::from_millis(100);
/// More than any item is in JSON: 400 KB, of which each byte may be written as six.
const MAX_ANSWER: usize = 4 << 20;
/// A connection that was idle for longer may be dead without a word.
const MAX_IDLE: Duration = Duration::from_secs(60);

/// Sends requests over one kept connection.
pub(crate) struct Connection {
    url: Uri,
    tcp: TcpConnector,
    /// None in the clear.
    tls: Option<(TlsConnector, ServerName<'static>)>,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    sender: Sender,
    since: Moment,
}

type Sender = http1::SendRequest<Full<Bytes>>;

/// Either a TCP stream or TLS over one.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Connection {
    /// To the host of `url`, in the clear.
    pub(crate) fn plain(url: Uri) -> Self {
        Self::new(url, None)
    }

    /// To the host of `url`, for whose certificate one of `roots` must vouch.
    pub(crate) fn tls(url: Uri, roots: RootCertStore) -> Result<Self, BoxError> {
        // An IPv6 address has brackets in a URL, and nowhere else.
        let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
        let name = ServerName::try_from(host.to_owned())?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self::new(url, Some((TlsConnector::from(Arc::new(config)), name))))
    }

    fn new(url: Uri, tls: Option<(TlsConnector, ServerName<'static>)>) -> Self {
        let mut tcp = TcpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(TCP_TIMEOUT));
        tcp.set_happy_eyeballs_timeout(Some(HEAD_START));
        Self { url, tcp, tls, kept: Mutex::default() }
    }

    /// Connects and sends nothing. Where that fails, the first request tries again.
    pub(crate) async fn open(&self) -> Result<(), BoxError> {
        let sender = self.connect().await?;
        self.keep(sender);
        Ok(())
    }

    /// Sends a request, and gets the whole answer.
    pub(crate) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let request = request.map(Full::new);
        if let Some(sender) = self.take() {
            // Closed in the meantime, as a rule, where there is no answer at all. Then reading is
            // tried again at once.
            if let Ok(answer) = ask(sender, request.clone()).await {
                return self.receive(answer).await;
            }
        }
        let sender = self.connect().await?;
        self.receive(ask(sender, request).await?).await
    }

    async fn connect(&self) -> Result<Sender, BoxError> {
        timeout(CONNECT_TIMEOUT, async {
            let tcp = self.tcp.clone().call(self.url.clone()).await?.into_inner();
            let stream: Box<dyn Stream> = match &self.tls {
                None => Box::new(tcp),
                Some((tls, name)) => Box::new(tls.connect(name.clone(), tcp).await?),
            };
            let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
            // Whatever ends it shows in the request that it was for.
            tokio::spawn(connection);
            Ok(sender)
        })
        .await?
    }

    async fn receive(&self, (sender, answer): Answer) -> Result<Response<Bytes>, BoxError> {
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await?.to_bytes();
        // Another connection may lead to a better server.
        if !head.status.is_server_error() {
            self.keep(sender);
        }
        Ok(Response::from_parts(head, body))
    }

    fn keep(&self, sender: Sender) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(Kept { sender, since: Moment::now() });
    }

    fn take(&self) -> Option<Sender> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let idle = Moment::now().since(kept.since);
        idle.is_some_and(|idle| idle < MAX_IDLE).then_some(kept.sender)
    }
}

/// An answer whose body is still to come, and the sender that is free after it.
type Answer = (Sender, Response<Incoming>);

async fn ask(mut sender: Sender, request: Request<Full<Bytes>>) -> Result<Answer, hyper::Error> {
    sender.ready().await?;
    let answer = sender.send_request(request).await?;
    Ok((sender, answer))
}
