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
use hyper::{Request, Response, Uri, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use crate::moment::Moment;

const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
/// A connection that was idle for longer may be dead without a word.
const MAX_IDLE: Duration = Duration::from_secs(60);

/// Sends the SDK's requests over one kept connection.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Inner>);

struct Inner {
    host: String,
    port: u16,
    /// None in the clear.
    tls: Option<TlsConnector>,
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
    /// To the host and port of `url`. Where that is `https`, one of `roots` must vouch for the
    /// host's certificate.
    pub(crate) fn new(url: &Uri, roots: RootCertStore) -> Result<Self, rustls::Error> {
        let is_plain = url.scheme_str() == Some("http");
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(Inner {
            // An IPv6 address has brackets in a URL, and nowhere else.
            host: url.host().unwrap_or_default().trim_matches(['[', ']']).to_owned(),
            port: url.port_u16().unwrap_or(if is_plain { 80 } else { 443 }),
            tls: (!is_plain).then(|| TlsConnector::from(Arc::new(config))),
            kept: Mutex::default(),
        })))
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
            let tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
            tcp.set_nodelay(true)?;
            let stream: Box<dyn Stream> = match &self.tls {
                None => Box::new(tcp),
                Some(tls) => {
                    let name = ServerName::try_from(self.host.clone())?;
                    Box::new(tls.connect(name, tcp).await?)
                }
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

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = outgoing(request).map_err(ConnectorError::user)?;
        if let Some(sender) = self.take() {
            // It may have been closed in the meantime. Reading can be tried again, and at once.
            if let Ok(response) = self.exchange(sender, request.clone()).await {
                return Ok(response);
            }
        }
        let sender = self.connect().await?;
        self.exchange(sender, request).await.map_err(ConnectorError::io)
    }

    async fn exchange(
        &self,
        mut sender: Sender,
        request: Request<Full<Bytes>>,
    ) -> Result<HttpResponse, BoxError> {
        sender.ready().await?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        // A server that fails may answer better on another connection.
        if !head.status.is_server_error() {
            self.keep(sender);
        }
        Ok(Response::from_parts(head, SdkBody::from(body)).try_into()?)
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
        write!(f, "Connection to {}:{}", self.0.host, self.0.port)
    }
}

/// The request as it goes over the wire: with its path alone, since the connection knows the host.
fn outgoing(request: HttpRequest) -> Result<Request<Full<Bytes>>, BoxError> {
    let (mut head, body) = request.try_into_http1x()?.into_parts();
    if let Some(path) = head.uri.path_and_query() {
        head.uri = path.clone().into();
    }
    let body = body.bytes().ok_or("a body that is not in memory")?;
    Ok(Request::from_parts(head, Full::new(Bytes::copy_from_slice(body))))
}
