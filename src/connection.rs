//! The connection to DynamoDB.
//!
//! One, since a function answers one request at a time. It is opened in Lambda's init phase, where
//! a function has a whole processor, and kept between invocations.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_dynamodb::config::RuntimeComponents;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connection::{CaptureSmithyConnection, ConnectionMetadata},
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
};
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Full};
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
/// Of TCP alone, shared by all addresses of the host.
const TCP_TIMEOUT: Duration = Duration::from_millis(300);
/// A connection that was idle for longer may be dead without a word.
const MAX_IDLE: Duration = Duration::from_secs(60);

/// Sends the SDK's requests over one kept connection.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Inner>);

struct Inner {
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
        Self(Arc::new(Inner { url, tcp, tls, kept: Mutex::default() }))
    }

    /// Connects and sends nothing. Where that fails, the first request tries again.
    pub(crate) async fn open(self) -> Result<(), ConnectorError> {
        let sender = self.0.connect().await?;
        self.0.keep(sender);
        Ok(())
    }
}

impl Inner {
    async fn connect(&self) -> Result<Sender, ConnectorError> {
        let connecting = async {
            let tcp = self.tcp.clone().call(self.url.clone()).await?.into_inner();
            let stream: Box<dyn Stream> = match &self.tls {
                None => Box::new(tcp),
                Some((tls, name)) => Box::new(tls.connect(name.clone(), tcp).await?),
            };
            let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
            // Whatever ends it shows in the request that it was for.
            tokio::spawn(connection);
            Ok::<_, BoxError>(sender)
        };
        match timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(outcome) => outcome.map_err(ConnectorError::io),
            Err(elapsed) => Err(ConnectorError::timeout(elapsed.into())),
        }
    }

    async fn send(self: Arc<Self>, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        self.clone().let_go_of_a_bad_one(&request);
        let request = outgoing(request).map_err(ConnectorError::user)?;
        if let Some(sender) = self.take() {
            // Closed in the meantime, as a rule, where there is no answer at all. Then reading is
            // tried again at once.
            if let Ok(answer) = ask(sender, request.clone()).await {
                return self.receive(answer).await;
            }
        }
        let sender = self.connect().await?;
        let answer =
            ask(sender, request).await.map_err(|error| ConnectorError::io(error.into()))?;
        self.receive(answer).await
    }

    async fn receive(&self, (sender, answer): Answer) -> Result<HttpResponse, ConnectorError> {
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map_err(|error| ConnectorError::io(error.into()))?;
        self.keep(sender);
        let response = Response::from_parts(head, SdkBody::from(body.to_bytes()));
        response.try_into().map_err(|error| ConnectorError::io(BoxError::from(error)))
    }

    /// Lets the SDK drop the connection over which a server failed: another one may lead to a
    /// better server.
    fn let_go_of_a_bad_one(self: Arc<Self>, request: &HttpRequest) {
        if let Some(capture) = request.extension::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || {
                let inner = self.clone();
                let metadata = ConnectionMetadata::builder().proxied(false);
                Some(metadata.poison_fn(move || drop(inner.take())).build())
            });
        }
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

impl HttpConnector for Connection {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = self.0.clone();
        HttpConnectorFuture::new(async move { inner.send(request).await })
    }
}

impl HttpClient for Connection {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection to {}", self.0.url)
    }
}

/// The request as it goes over the wire: with its path alone, since the connection knows the host,
/// and without what the SDK has attached to it.
fn outgoing(request: HttpRequest) -> Result<Request<Full<Bytes>>, BoxError> {
    let (mut head, body) = request.try_into_http1x()?.into_parts();
    if let Some(path) = head.uri.path_and_query() {
        head.uri = path.clone().into();
    }
    head.extensions.clear();
    let body = body.bytes().ok_or("a body that is not in memory")?;
    Ok(Request::from_parts(head, Full::new(Bytes::copy_from_slice(body))))
}
