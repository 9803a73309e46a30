//! HTTP/1.1 over one kept connection.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

use crate::{Result, variable};

/// Talks to one server.
pub(crate) struct Client {
    /// Host and port.
    address: String,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    connection: Option<Connection>,
}

/// As much of a response as anybody here asks for.
#[derive(Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) invocation_id: Option<String>,
    pub(crate) body: Vec<u8>,
}

type Connection = BufReader<Box<dyn Stream>>;

trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

impl Client {
    /// Connects to the server of a URL, and with `https` shakes hands.
    pub(crate) fn open(url: &str) -> Result<Self> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| format!("{url} is no URL"))?;
        let authority = rest.split('/').next().unwrap_or(rest);
        let port = if scheme == "https" { "443" } else { "80" };
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, port));
        let tls = match scheme {
            "https" => Some((trust()?, ServerName::try_from(host.to_owned())?)),
            _ => None,
        };
        let mut client = Self { address: format!("{host}:{port}"), tls, connection: None };
        client.connection = Some(client.connect().map_err(|error| format!("{url}: {error}"))?);
        Ok(client)
    }

    /// Sends a whole request. It may be sent twice: servers close what was idle for long.
    pub(crate) fn send(&mut self, request: &str) -> io::Result<Response> {
        if let Some(mut kept) = self.connection.take()
            && let Ok(response) = exchange(&mut kept, request)
        {
            self.connection = Some(kept);
            return Ok(response);
        }
        let mut fresh = self.connect()?;
        let response = exchange(&mut fresh, request)?;
        self.connection = Some(fresh);
        Ok(response)
    }

    fn connect(&self) -> io::Result<Connection> {
        let mut tcp = TcpStream::connect(&self.address)?;
        tcp.set_nodelay(true)?;
        let Some((config, host)) = &self.tls else { return Ok(BufReader::new(Box::new(tcp))) };
        let mut tls =
            ClientConnection::new(config.clone(), host.clone()).map_err(io::Error::other)?;
        tls.complete_io(&mut tcp)?;
        Ok(BufReader::new(Box::new(StreamOwned::new(tls, tcp))))
    }
}

/// Trusts the authorities of `AWS_CA_BUNDLE`, and no others.
fn trust() -> Result<Arc<ClientConfig>> {
    let path = variable("AWS_CA_BUNDLE")?;
    let pem = CertificateDer::pem_file_iter(&path).map_err(|error| format!("{path}: {error}"))?;
    let mut roots = RootCertStore::empty();
    for certificate in pem {
        roots.add(certificate?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn exchange(connection: &mut Connection, request: &str) -> io::Result<Response> {
    connection.get_mut().write_all(request.as_bytes())?;
    connection.get_mut().flush()?;
    let mut response = Response::default();
    let status = line(connection)?.split(' ').nth(1).and_then(|status| status.parse().ok());
    response.status = status.ok_or(io::ErrorKind::InvalidData)?;
    let (mut length, mut is_chunked) = (0, false);
    while let Some((name, value)) = line(connection)?.split_once(':') {
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = number(value, 10)?,
            "transfer-encoding" => is_chunked = true,
            "lambda-runtime-aws-request-id" => response.invocation_id = Some(value.to_owned()),
            _ => {}
        }
    }
    while is_chunked {
        let size = number(&line(connection)?, 16)?;
        read(connection, size, &mut response.body)?;
        line(connection)?;
        is_chunked = size > 0;
    }
    read(connection, length, &mut response.body)?;
    Ok(response)
}

fn line(connection: &mut Connection) -> io::Result<String> {
    let mut line = String::new();
    connection.read_line(&mut line)?;
    if !line.ends_with('\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    line.truncate(line.trim_end().len());
    Ok(line)
}

fn read(connection: &mut Connection, size: u32, body: &mut Vec<u8>) -> io::Result<()> {
    body.try_reserve(size as usize)?;
    let read = connection.take(size.into()).read_to_end(body)?;
    if read == size as usize { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn number(digits: &str, radix: u32) -> io::Result<u32> {
    u32::from_str_radix(digits, radix).map_err(|_| io::ErrorKind::InvalidData.into())
}
