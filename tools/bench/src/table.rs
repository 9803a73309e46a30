//! Servers in the place of DynamoDB, which send HTTP as bytes, so that a part of it can be sent.

use std::{fs, io, sync::Arc, time::Duration};

use anyhow::Result;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};
use tokio_rustls::TlsAcceptor;

/// The page's user, and the demo key that reads its account.
pub(crate) const USER: &str = include_str!("../items/user.json");
pub(crate) const API_KEY: &str = include_str!("../items/api-key.json");
/// Where Debian has its root certificates.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// A server. Dropping it ends it.
pub(crate) struct Table {
    /// With the name that its certificate is for.
    pub(crate) url: String,
    /// A PEM file of its certificate.
    pub(crate) root: NamedTempFile,
    /// The same and all that this machine trusts, as long as a real one.
    pub(crate) system_roots: NamedTempFile,
    _server: JoinSet<()>,
}

impl Table {
    /// Always has the item, over TLS. A response takes so many milliseconds, and a connection a third
    /// of it.
    pub(crate) async fn over_tls(milliseconds: u64) -> Result<Self> {
        let delay = Duration::from_millis(milliseconds);
        Self::serve("https", move |connection, tls| async move {
            wait(delay / 3).await;
            respond(tls.accept(connection).await?, delay).await
        })
        .await
    }

    /// The same over plain HTTP, at once.
    pub(crate) async fn plain() -> Result<Self> {
        Self::serve("http", |connection, _| respond(connection, Duration::ZERO)).await
    }

    /// Serves each connection by `serve`, on a free port.
    pub(crate) async fn serve<F>(
        scheme: &str,
        mut serve: impl FnMut(TcpStream, TlsAcceptor) -> F + Send + 'static,
    ) -> Result<Self>
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let (tls, root) = certificate()?;
        let system_roots = NamedTempFile::new()?;
        let system = fs::read_to_string(SYSTEM_ROOTS).unwrap_or_default();
        fs::write(&system_roots, system + &fs::read_to_string(&root)?)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("{scheme}://localhost:{}", listener.local_addr()?.port());
        let mut server = JoinSet::new();
        server.spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                // Small responses must not wait for the acknowledgement of the one before.
                let _ = connection.set_nodelay(true);
                tokio::spawn(serve(connection, tls.clone()));
            }
        });
        Ok(Self { url, root, system_roots, _server: server })
    }
}

/// ECDSA on P-256, signed by itself.
fn certificate() -> Result<(TlsAcceptor, NamedTempFile)> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()])?;
    let private_key =
        PrivateKeyDer::try_from(signing_key.serialize_der()).map_err(anyhow::Error::msg)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], private_key)?;
    let file = NamedTempFile::new()?;
    fs::write(&file, cert.pem())?;
    Ok((TlsAcceptor::from(Arc::new(config)), file))
}

async fn respond(
    mut connection: impl AsyncRead + AsyncWrite + Unpin,
    delay: Duration,
) -> io::Result<()> {
    while let Some(request) = read(&mut connection).await? {
        wait(delay).await;
        let is_key = request.windows(8).any(|bytes| bytes == b"api-keys");
        connection.write_all(&response(200, if is_key { API_KEY } else { USER })).await?;
    }
    Ok(())
}

/// Even a sleep of no time would wait for the timer's next tick.
async fn wait(delay: Duration) {
    if !delay.is_zero() {
        sleep(delay).await;
    }
}

/// A response of DynamoDB with this body and its checksum.
pub(crate) fn response(status: u16, body: &str) -> Vec<u8> {
    let (length, checksum) = (body.len(), crc32fast::hash(body.as_bytes()));
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\n\
         x-amz-crc32: {checksum}\r\ncontent-length: {length}\r\n\
         date: Mon, 15 Jan 2024 10:30:00 GMT\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Reads a whole request or response, which has a Content-Length or no body. `None` at the end of
/// the connection.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    while !is_whole(&bytes) {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default());
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse().ok())?
    });
    bytes.len() >= end + 4 + length.unwrap_or(0usize)
}
