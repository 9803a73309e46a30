//! A proxy between the functions and DynamoDB, over TLS as at AWS, that injects faults.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;
use fastrand::Rng;
use tempfile::NamedTempFile;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};
use tokio_rustls::TlsAcceptor;

use super::faults::{Fault, Faults};
use crate::{message, stub};

/// Longer than a function waits for a response, retries included.
const STALL: Duration = Duration::from_secs(3);
/// In this time what was written arrives, before a reset discards the rest.
const ARRIVAL: Duration = Duration::from_millis(20);

/// The proxy. Dropping it ends its server.
pub(super) struct FaultyTable {
    /// Its URL, with the name that its certificate is for.
    pub(super) url: String,
    /// A PEM file of the root certificate that signed its certificate.
    pub(super) root: NamedTempFile,
    _server: JoinSet<()>,
}

/// What all connections share.
struct Proxy {
    dynamodb: SocketAddr,
    acceptor: TlsAcceptor,
    faults: Arc<Faults>,
    /// The last response with an item, of either table.
    last_item: Mutex<Vec<u8>>,
}

/// What follows a faulty response.
enum Then {
    NextRequest,
    /// The same to every request. It excuses only the first: the connection must not be used again.
    Repeat,
    Close,
    Reset,
}

impl FaultyTable {
    /// Serves on a free port.
    pub(super) async fn serve(
        dynamodb: SocketAddr,
        faults: Arc<Faults>,
        mut rng: Rng,
    ) -> Result<Self> {
        let (acceptor, root) = stub::certificate()?;
        let proxy = Arc::new(Proxy { dynamodb, acceptor, faults, last_item: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("https://localhost:{}", listener.local_addr()?.port());
        let mut server = JoinSet::new();
        server.spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (proxy, rng) = (proxy.clone(), rng.fork());
                // A connection that ends with an error is one that a fault or a kill has ended.
                tokio::spawn(async move { proxy.serve(connection, rng).await });
            }
        });
        Ok(Self { url, root, _server: server })
    }
}

impl Proxy {
    async fn serve(&self, connection: TcpStream, mut rng: Rng) -> io::Result<()> {
        // At most every fourth, so that enough requests are left for the other faults.
        if rng.u8(..4) == 0 && self.faults.happens(&mut rng) {
            self.faults.record(Fault::Table("refuses a connection"));
            return connection.set_zero_linger();
        }
        connection.set_nodelay(true)?;
        let mut function = self.acceptor.accept(connection).await?;
        let mut dynamodb = TcpStream::connect(self.dynamodb).await?;
        let mut repeated: Option<Vec<u8>> = None;
        while let Some(request) = message::read(&mut function).await? {
            if let Some(bytes) = &repeated {
                function.write_all(bytes).await?;
                continue;
            }
            dynamodb.write_all(&request).await?;
            let Some(response) = message::read(&mut dynamodb).await? else { break };
            let (bytes, then) = if self.faults.happens(&mut rng) {
                self.inject(&response, &mut rng).await
            } else {
                (response.clone(), Then::NextRequest)
            };
            function.write_all(&bytes).await?;
            if response.windows(6).any(|bytes| bytes == b"\"Item\"") {
                *self.last_item.lock().unwrap_or_else(PoisonError::into_inner) = response;
            }
            match then {
                Then::NextRequest => {}
                Then::Repeat => repeated = Some(bytes),
                Then::Close => return function.shutdown().await,
                Then::Reset => {
                    sleep(ARRIVAL).await;
                    return function.get_ref().0.set_zero_linger();
                }
            }
        }
        Ok(())
    }

    /// A random fault: what the function gets instead of this response.
    async fn inject(&self, response: &[u8], rng: &mut Rng) -> (Vec<u8>, Then) {
        let error = |status, code| {
            let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}"}}"#);
            message::response(status, &body)
        };
        let part = response.get(..rng.usize(1..response.len().max(2))).unwrap_or_default().to_vec();
        let mut damaged = response.to_vec();
        if let Some(byte) = damaged.last_mut() {
            *byte ^= 1;
        }
        let (fault, bytes, then) = match rng.u8(..11) {
            0 => {
                let throttled = error(400, "ProvisionedThroughputExceededException");
                ("throttles", throttled, Then::NextRequest)
            }
            1 => ("fails", error(500, "InternalServerError"), Then::NextRequest),
            2 => ("stalls", vec![], Then::Close),
            3 => ("resets the connection", vec![], Then::Reset),
            4 => ("resets the connection in a response", part, Then::Reset),
            5 => ("closes the connection in a response", part, Then::Close),
            6 => ("sends HTML", message::response(200, "<html>"), Then::Repeat),
            7 => ("sends no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec(), Then::NextRequest),
            8 => ("sends no body", message::response(200, ""), Then::Repeat),
            9 => ("sends a damaged response", damaged, Then::Repeat),
            _ => {
                self.faults.record(Fault::OtherItem);
                let other = self.last_item.lock().unwrap_or_else(PoisonError::into_inner).clone();
                return (other, Then::NextRequest);
            }
        };
        self.faults.record(Fault::Table(fault));
        if fault == "stalls" {
            sleep(STALL).await;
        }
        (bytes, then)
    }
}
