//! A DynamoDB that always has the item.

use std::{
    fs, io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_rustls::TlsAcceptor;

use crate::message;

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
    connections: Arc<AtomicUsize>,
}

impl Table {
    /// Serves over TLS. A response takes so many milliseconds, and a connection a third of it.
    pub(crate) async fn over_tls(milliseconds: u64) -> Result<Self> {
        let (acceptor, root) = certificate()?;
        Self::serve(Some(acceptor), root, Duration::from_millis(milliseconds)).await
    }

    /// Serves over plain HTTP, at once.
    pub(crate) async fn plain() -> Result<Self> {
        Self::serve(None, certificate()?.1, Duration::ZERO).await
    }

    async fn serve(tls: Option<TlsAcceptor>, root: NamedTempFile, delay: Duration) -> Result<Self> {
        let system_roots = NamedTempFile::new()?;
        let found = SYSTEM_ROOTS.iter().find_map(|path| fs::read_to_string(path).ok());
        fs::write(&system_roots, found.unwrap_or_default() + &fs::read_to_string(&root)?)?;

        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{}", listener.local_addr()?.port());
        let connections = Arc::new(AtomicUsize::new(0));
        let count = connections.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(respond_over(connection, tls.clone(), delay));
            }
        });
        Ok(Self { url, root, system_roots, connections })
    }

    /// A PEM file of the root certificate that signed its certificate.
    pub(crate) fn root_certificate(&self) -> &Path {
        self.root.path()
    }

    /// A PEM file of that root certificate and of all that this machine trusts, as long as a real one.
    pub(crate) fn system_roots(&self) -> &Path {
        self.system_roots.path()
    }

    /// How many connections it has had.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// ECDSA on P-256, signed by a root certificate of its own, which is in the PEM file: one link
/// shorter than AWS's chain.
pub(crate) fn certificate() -> Result<(TlsAcceptor, NamedTempFile)> {
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
    let file = NamedTempFile::new()?;
    fs::write(&file, root.pem())?;
    Ok((TlsAcceptor::from(Arc::new(config)), file))
}

async fn respond_over(
    connection: TcpStream,
    tls: Option<TlsAcceptor>,
    delay: Duration,
) -> io::Result<()> {
    wait(delay / 3).await;
    // Small responses must not wait for the acknowledgement of the one before.
    connection.set_nodelay(true)?;
    match tls {
        Some(acceptor) => respond(acceptor.accept(connection).await?, delay).await,
        None => respond(connection, delay).await,
    }
}

async fn respond(
    mut connection: impl AsyncRead + AsyncWrite + Unpin,
    delay: Duration,
) -> io::Result<()> {
    while let Some(request) = message::read(&mut connection).await? {
        wait(delay).await;
        let is_key = request.windows(8).any(|bytes| bytes == b"api-keys");
        let response = message::response(200, if is_key { API_KEY } else { USER });
        connection.write_all(&response).await?;
    }
    Ok(())
}

/// Even a sleep of no time would wait for the timer's next tick.
async fn wait(delay: Duration) {
    if !delay.is_zero() {
        sleep(delay).await;
    }
}
