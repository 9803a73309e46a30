//! A DynamoDB that always has the item.

use std::{fs, io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::Result;
use axum::{Router, extract::State, http::header::CONTENT_TYPE, response::IntoResponse};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tempfile::NamedTempFile;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::sleep,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// The page's user, and the demo key that reads its account.
const USER: &str = include_str!("../items/user.json");
const API_KEY: &str = include_str!("../items/api-key.json");

/// Where Debian and Amazon Linux have their root certificates.
const SYSTEM_ROOTS: [&str; 2] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// The served table.
pub(crate) struct Table {
    /// With the name that its certificate is for.
    pub(crate) url: String,
    root: NamedTempFile,
    system_roots: NamedTempFile,
}

/// Delays of the table.
#[derive(Clone, Copy, Default)]
pub(crate) struct Delays {
    /// Added to each response.
    pub(crate) response: Duration,
    /// Added to each connection over TLS.
    pub(crate) connect: Duration,
}

impl Table {
    /// Serves on a free port, over TLS or plain HTTP.
    pub(crate) async fn serve(is_plain: bool, delays: Delays) -> Result<Self> {
        let (config, pem) = certificate()?;
        let root = NamedTempFile::new()?;
        fs::write(&root, &pem)?;
        let system_roots = NamedTempFile::new()?;
        let found = SYSTEM_ROOTS.iter().find_map(|path| fs::read_to_string(path).ok());
        fs::write(&system_roots, found.unwrap_or_default() + &pem)?;

        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let scheme = if is_plain { "http" } else { "https" };
        let url = format!("{scheme}://localhost:{}", listener.local_addr()?.port());
        let routes = Router::new().fallback(respond).with_state(delays.response);
        if is_plain {
            tokio::spawn(async move { axum::serve(listener, routes).await });
        } else {
            let acceptor = TlsAcceptor::from(Arc::new(config));
            let listener = TlsListener::new(listener, acceptor, delays.connect)?;
            tokio::spawn(async move { axum::serve(listener, routes).await });
        }
        Ok(Self { url, root, system_roots })
    }

    /// A PEM file of the root certificate that signed its certificate.
    pub(crate) fn root_certificate(&self) -> &Path {
        self.root.path()
    }

    /// A PEM file of that root certificate and of all that this machine trusts, as long as a real one.
    pub(crate) fn system_roots(&self) -> &Path {
        self.system_roots.path()
    }
}

/// ECDSA on P-256, signed by a root certificate of its own: one link shorter than AWS's chain.
pub(crate) fn certificate() -> Result<(ServerConfig, String)> {
    let mut params = CertificateParams::new([])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // OpenSSL takes a certificate with its issuer's name for a self-signed one.
    params.distinguished_name.push(DnType::CommonName, "root");
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(["localhost".to_owned()])?.signed_by(&key, &root)?;
    let private_key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], private_key)?;
    Ok((config, root.pem()))
}

async fn respond(State(delay): State<Duration>, request: String) -> impl IntoResponse {
    // Even a sleep of no time waits for the timer's next tick.
    if !delay.is_zero() {
        sleep(delay).await;
    }
    let item = if request.contains("api-keys") { API_KEY } else { USER };
    let checksum = crc32fast::hash(item.as_bytes()).to_string();
    let content_type = (CONTENT_TYPE.as_str(), "application/x-amz-json-1.0".to_owned());
    ([content_type, ("x-amz-crc32", checksum)], item)
}

/// Shakes hands on each connection by itself: a slow one keeps no other waiting.
struct TlsListener {
    address: SocketAddr,
    accepted: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl TlsListener {
    fn new(listener: TcpListener, acceptor: TlsAcceptor, delay: Duration) -> Result<Self> {
        let address = listener.local_addr()?;
        let (sender, accepted) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Ok((connection, address)) = listener.accept().await {
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                tokio::spawn(async move {
                    if !delay.is_zero() {
                        sleep(delay).await;
                    }
                    // Small responses must not wait for the acknowledgement of the one before.
                    let _ = connection.set_nodelay(true);
                    if let Ok(connection) = acceptor.accept(connection).await {
                        let _ = sender.send((connection, address)).await;
                    }
                });
            }
        });
        Ok(Self { address, accepted })
    }
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.accepted.recv().await {
            Some(accepted) => accepted,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}
