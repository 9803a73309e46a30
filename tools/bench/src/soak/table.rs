//! A proxy between the functions and DynamoDB, over TLS as at AWS, that injects faults.

use std::{
    fs, io,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;
use fastrand::Rng;
use tempfile::NamedTempFile;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
    time::sleep,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    faults::{Fault, Faults},
    message,
};
use crate::stub;

/// Longer than a function waits for a response, retries included.
const STALL: Duration = Duration::from_secs(3);
/// In this time what was written arrives, before a reset discards the rest.
const ARRIVAL: Duration = Duration::from_millis(20);

/// The proxy. Dropping it closes its connections.
pub(crate) struct FaultyTable {
    /// Its URL, with the name that its certificate is for.
    pub(crate) url: String,
    root: NamedTempFile,
    server: AbortHandle,
}

/// What all connections share.
struct Proxy {
    dynamodb: SocketAddr,
    acceptor: TlsAcceptor,
    faults: Arc<Faults>,
    /// The last response with an item, of either table.
    last_item: Mutex<Vec<u8>>,
}

impl FaultyTable {
    /// Serves on a free port. The same seed gives each connection the same random numbers.
    pub(crate) async fn serve(
        dynamodb: SocketAddr,
        faults: Arc<Faults>,
        seed: u64,
    ) -> Result<Self> {
        let (config, pem) = stub::certificate()?;
        let root = NamedTempFile::new()?;
        fs::write(&root, pem)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let proxy = Proxy { dynamodb, acceptor, faults, last_item: Mutex::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("https://localhost:{}", listener.local_addr()?.port());
        let server = tokio::spawn(accept(listener, Arc::new(proxy), Rng::with_seed(seed)));
        Ok(Self { url, root, server: server.abort_handle() })
    }

    /// A PEM file of the root certificate that signed its certificate.
    pub(crate) fn root_certificate(&self) -> &Path {
        self.root.path()
    }
}

impl Drop for FaultyTable {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn accept(listener: TcpListener, proxy: Arc<Proxy>, mut rng: Rng) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((connection, _)) = accepted else { continue };
                let (proxy, rng) = (proxy.clone(), rng.fork());
                // A connection that ends with an error is one that a fault or a kill has ended.
                connections.spawn(async move { drop(proxy.serve(connection, rng).await) });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

impl Proxy {
    async fn serve(&self, connection: TcpStream, mut rng: Rng) -> io::Result<()> {
        if self.faults.refuses_connection(&mut rng) {
            return connection.set_zero_linger();
        }
        connection.set_nodelay(true)?;
        let mut function = self.acceptor.accept(connection).await?;
        let mut dynamodb = TcpStream::connect(self.dynamodb).await?;
        while let Some(request) = message::read(&mut function).await? {
            let fault = self.faults.of_a_response(&mut rng);
            dynamodb.write_all(&request).await?;
            let Some(response) = message::read(&mut dynamodb).await? else { break };
            match fault {
                None => function.write_all(&response).await?,
                Some(fault) => {
                    self.inject(fault, response.clone(), &mut function, &mut rng).await?
                }
            }
            if response.windows(6).any(|bytes| bytes == b"\"Item\"") {
                *self.last_item.lock().unwrap_or_else(PoisonError::into_inner) = response;
            }
        }
        Ok(())
    }

    /// Sends a faulty response instead of this one. An error closes the connection.
    async fn inject(
        &self,
        fault: Fault,
        mut response: Vec<u8>,
        function: &mut TlsStream<TcpStream>,
        rng: &mut Rng,
    ) -> io::Result<()> {
        let close = || Err(io::ErrorKind::ConnectionAborted.into());
        let part = response.get(..rng.usize(1..response.len().max(2))).unwrap_or_default();
        match fault {
            Fault::Stalled => {
                sleep(STALL).await;
                return close();
            }
            Fault::Reset => {
                function.get_ref().0.set_zero_linger()?;
                return close();
            }
            Fault::ResetInTheMiddle => {
                function.write_all(part).await?;
                sleep(ARRIVAL).await;
                function.get_ref().0.set_zero_linger()?;
                return close();
            }
            Fault::CutOff => {
                function.write_all(part).await?;
                function.shutdown().await?;
                return close();
            }
            Fault::Throttled => {
                response = message::error(400, "ProvisionedThroughputExceededException")
            }
            Fault::Failed => response = message::error(500, "InternalServerError"),
            Fault::Html => response = message::of(200, "<html>"),
            Fault::NotHttp => response = b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec(),
            Fault::NoBody => response = message::of(200, ""),
            Fault::Damaged => {
                if let Some(byte) = response.last_mut() {
                    *byte ^= 1;
                }
            }
            Fault::OtherItem => {
                response = self.last_item.lock().unwrap_or_else(PoisonError::into_inner).clone();
            }
        }
        function.write_all(&response).await
    }
}
