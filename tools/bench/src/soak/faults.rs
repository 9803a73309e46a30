//! A proxy between the functions and DynamoDB, over TLS as at AWS, that injects faults.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::sleep};
use tokio_rustls::TlsAcceptor;

use crate::table::{self, Table};

/// Longer than a function waits for a response, retries included.
const STALL: Duration = Duration::from_secs(3);

/// How often faults happen, and what has happened.
#[derive(Default)]
pub(super) struct Faults {
    percent: AtomicU8,
    /// How many responses were wrong, and functions failed by themselves.
    pub(super) wrong: AtomicU64,
    counts: Mutex<BTreeMap<String, u64>>,
    /// The last response with an item, of either table.
    last_item: Mutex<Vec<u8>>,
}

/// What follows a faulty response.
enum Then {
    NextRequest,
    /// The same to every request: the connection must not be used again.
    Repeat,
    Stall,
    Close,
    Reset,
}

impl Faults {
    /// From now on, this share of the table's responses and new connections is faulty.
    pub(super) fn set_rate(&self, percent: u8) {
        self.percent.store(percent, Ordering::Relaxed);
    }

    pub(super) fn count(&self, what: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(what.to_owned()).or_default() += 1;
    }

    /// Counts something wrong, and prints the first of it.
    pub(super) fn report(&self, what: &str) {
        if self.wrong.fetch_add(1, Ordering::Relaxed) < 5 {
            eprintln!("wrong: {what}\n");
        }
    }

    pub(super) fn counts(&self) -> BTreeMap<String, u64> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves on a free port.
    pub(super) async fn serve(self: Arc<Self>, dynamodb: SocketAddr) -> Result<Table> {
        Table::serve("https", move |connection, tls| self.clone().proxy(connection, tls, dynamodb))
            .await
    }

    /// An error is one of a connection that a fault or a kill has ended.
    async fn proxy(
        self: Arc<Self>,
        connection: TcpStream,
        tls: TlsAcceptor,
        dynamodb: SocketAddr,
    ) -> io::Result<()> {
        // At most every fourth, so that enough requests are left for the other faults.
        if fastrand::u8(..4) == 0 && self.happens() {
            self.count("the table refuses a connection");
            return connection.set_zero_linger();
        }
        let mut function = tls.accept(connection).await?;
        let mut dynamodb = TcpStream::connect(dynamodb).await?;
        while let Some(request) = table::read(&mut function).await? {
            dynamodb.write_all(&request).await?;
            let Some(response) = table::read(&mut dynamodb).await? else { break };
            let fault = if self.happens() { self.fault(&response) } else { None };
            let (bytes, then) = fault.unwrap_or((response.clone(), Then::NextRequest));
            function.write_all(&bytes).await?;
            if response.windows(6).any(|bytes| bytes == b"\"Item\"") {
                *self.last_item.lock().unwrap_or_else(PoisonError::into_inner) = response;
            }
            match then {
                Then::NextRequest => {}
                Then::Repeat => {
                    while table::read(&mut function).await?.is_some() {
                        function.write_all(&bytes).await?;
                    }
                }
                Then::Stall => {
                    sleep(STALL).await;
                    return Ok(());
                }
                Then::Close => return function.shutdown().await,
                Then::Reset => return function.get_ref().0.set_zero_linger(),
            }
        }
        Ok(())
    }

    fn happens(&self) -> bool {
        fastrand::u8(..100) < self.percent.load(Ordering::Relaxed)
    }

    /// A random fault: what the function gets instead of this response.
    fn fault(&self, response: &[u8]) -> Option<(Vec<u8>, Then)> {
        let error = |status, code| {
            let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}"}}"#);
            table::response(status, &body)
        };
        let part = response.get(..fastrand::usize(..response.len()))?.to_vec();
        let mut damaged = response.to_vec();
        *damaged.last_mut()? ^= 1;
        let other = self.last_item.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (what, bytes, then) = fastrand::choice([
            ("throttles", error(400, "ProvisionedThroughputExceededException"), Then::NextRequest),
            ("fails", error(500, "InternalServerError"), Then::NextRequest),
            ("stalls", vec![], Then::Stall),
            ("resets the connection", part.clone(), Then::Reset),
            ("closes the connection", part, Then::Close),
            ("sends HTML", table::response(200, "<html>"), Then::Repeat),
            ("sends no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec(), Then::NextRequest),
            ("sends no body", table::response(200, ""), Then::Repeat),
            ("sends a damaged response", damaged, Then::Repeat),
            ("sends another item", other, Then::NextRequest),
        ])?;
        self.count(&format!("the table {what}"));
        Some((bytes, then))
    }
}
