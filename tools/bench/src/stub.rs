//! A DynamoDB that always has the item, over TLS.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::Result;
use axum::{Router, extract::State, http::header::CONTENT_TYPE, response::IntoResponse};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tempfile::NamedTempFile;
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// The page's user, and the demo key that reads its account.
const USER: &str = include_str!("../items/user.json");
const API_KEY: &str = include_str!("../items/api-key.json");

/// The served table.
pub(crate) struct Table {
    /// With the name that its certificate is for.
    pub(crate) url: String,
    certificate_authority: NamedTempFile,
}

impl Table {
    /// Serves on a free port. `delay` is added to each answer, `connect_delay` to each connection.
    pub(crate) async fn serve(delay: Duration, connect_delay: Duration) -> Result<Self> {
        let (config, authority) = certificate()?;
        let certificate_authority = NamedTempFile::new()?;
        std::fs::write(&certificate_authority, authority)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("https://localhost:{}", listener.local_addr()?.port());
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TlsListener { listener, acceptor, connect_delay };
        let routes = Router::new().fallback(answer).with_state(delay);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { url, certificate_authority })
    }

    /// A PEM file of the authority that signed for it.
    pub(crate) fn certificate_authority(&self) -> &Path {
        self.certificate_authority.path()
    }
}

/// ECDSA on P-256, signed by an authority of its own: one link shorter than AWS's chain.
fn certificate() -> Result<(ServerConfig, String)> {
    let mut params = CertificateParams::new([])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate =
        CertificateParams::new(["localhost".to_owned()])?.signed_by(&key, &authority)?;
    let private_key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], private_key)?;
    Ok((config, authority.pem()))
}

async fn answer(State(delay): State<Duration>, request: String) -> impl IntoResponse {
    sleep(delay).await;
    let item = if request.contains("api-keys") { API_KEY } else { USER };
    ([(CONTENT_TYPE, "application/x-amz-json-1.0")], item)
}

struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    connect_delay: Duration,
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((connection, address)) = self.listener.accept().await else { continue };
            sleep(self.connect_delay).await;
            // Small answers must not wait for the acknowledgement of the one before.
            let _ = connection.set_nodelay(true);
            if let Ok(connection) = self.acceptor.accept(connection).await {
                return (connection, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
