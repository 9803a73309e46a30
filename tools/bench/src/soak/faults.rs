//! A proxy between the functions and DynamoDB, over TLS as at AWS, that injects faults.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::table;

pub(super) const WRONG: &str = "wrong responses, and functions that failed by themselves";

/// How often faults happen, and what has happened.
#[derive(Default)]
pub(super) struct Faults {
    /// The share of the table's responses and new connections that is faulty.
    pub(super) percent: AtomicU8,
    counts: Mutex<BTreeMap<String, u64>>,
}

/// What follows a faulty response.
enum Then {
    NextRequest,
    /// The same to every request: the connection must not be used again.
    Repeat,
    Close,
    Reset,
}

impl Faults {
    /// Counts it, and returns how often it has happened.
    pub(super) fn count(&self, what: &str) -> u64 {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(what.to_owned()).or_default();
        *count += 1;
        *count
    }

    /// Counts something wrong, and prints the first of it.
    pub(super) fn report(&self, what: &str) {
        if self.count(WRONG) <= 5 {
            eprintln!("wrong: {what}\n");
        }
    }

    pub(super) fn counts(&self) -> BTreeMap<String, u64> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves a function's connection. An error is one of a connection that a fault or a kill has ended.
    pub(super) async fn proxy(
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
            let (bytes, then) = fault.unwrap_or((response, Then::NextRequest));
            function.write_all(&bytes).await?;
            match then {
                Then::NextRequest => {}
                Then::Repeat => {
                    while table::read(&mut function).await?.is_some() {
                        function.write_all(&bytes).await?;
                    }
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
        let (what, bytes, then) = fastrand::choice([
            ("throttles", error(400, "ProvisionedThroughputExceededException"), Then::NextRequest),
            ("fails", error(500, "InternalServerError"), Then::NextRequest),
            ("stalls", vec![], Then::Repeat),
            ("resets the connection", part.clone(), Then::Reset),
            ("closes the connection", part, Then::Close),
            ("sends HTML", table::response(200, "<html>"), Then::Repeat),
            ("sends no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec(), Then::NextRequest),
            ("sends no body", table::response(200, ""), Then::Repeat),
            ("sends a damaged response", damaged, Then::Repeat),
            ("sends another user", table::response(200, table::USER), Then::NextRequest),
            ("sends another API key", table::response(200, table::API_KEY), Then::NextRequest),
        ])?;
        self.count(&format!("the table {what}"));
        Some((bytes, then))
    }
}
