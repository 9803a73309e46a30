//! A server in the place of DynamoDB that replies as a test wants it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::client::key;

/// What the table does with a request: the bytes that it sends, and what happens then.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    text: String,
    ending: Ending,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Ending {
    /// The connection is kept.
    Keep,
    /// The connection is closed without notice.
    Close,
    /// The connection is reset.
    Reset,
    /// Nothing more, ever.
    Hang,
    /// More of the body, without an end.
    Endless,
}

impl Reply {
    /// A response without an item.
    pub(crate) fn empty() -> Self {
        Self::body(200, "{}")
    }

    /// A response with this item, whatever was requested.
    pub(crate) fn item(item: &Value) -> Self {
        Self::body(200, &json!({ "Item": item }).to_string())
    }

    /// An error of DynamoDB.
    pub(crate) fn error(status: u16, code: &str) -> Self {
        let error = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}") });
        Self::body(status, &error.to_string())
    }

    pub(crate) fn body(status: u16, body: &str) -> Self {
        Self::response(status, body, body.len(), body)
    }

    /// A response with the checksum of another one.
    pub(crate) fn damaged() -> Self {
        Self::response(200, "{}", 2, "another")
    }

    /// The first bytes of a response.
    pub(crate) fn part() -> Self {
        Self::response(200, r#"{"Item":{"#, 1 << 40, "")
    }

    /// Bytes that are not HTTP.
    pub(crate) fn not_http() -> Self {
        Self { text: "SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned(), ending: Ending::Keep }
    }

    /// No response, ever.
    pub(crate) fn none() -> Self {
        Self { text: String::new(), ending: Ending::Hang }
    }

    /// The same reply with another ending.
    pub(crate) fn then(self, ending: Ending) -> Self {
        Self { ending, ..self }
    }

    fn response(status: u16, body: &str, length: usize, checksum_of: &str) -> Self {
        let checksum = crc32fast::hash(checksum_of.as_bytes());
        let text = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\n\
             content-length: {length}\r\nx-amz-crc32: {checksum}\r\n\r\n{body}"
        );
        Self { text, ending: Ending::Keep }
    }
}

/// A request that the table received.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The number of its connection, from 0.
    pub(crate) connection: usize,
    /// With lower-case names.
    pub(crate) headers: HashMap<String, String>,
    /// Null for a `GET`.
    pub(crate) body: Value,
}

#[derive(Clone)]
pub(crate) struct FakeTable {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    connections: usize,
    requests: Vec<Request>,
    /// The last one is repeated.
    replies: VecDeque<Reply>,
}

impl FakeTable {
    /// Replies to each request with the next reply, and to all others with the last one.
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::serve(TcpListener::bind("127.0.0.1:0").await.unwrap(), None, replies)
    }

    /// The same with a listener, and over TLS.
    pub(crate) fn serve(
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        replies: impl IntoIterator<Item = Reply>,
    ) -> Self {
        let replies = replies.into_iter().collect();
        let state = State { connections: 0, requests: Vec::new(), replies };
        let url = format!("http://{}", listener.local_addr().unwrap());
        let table = Self { url, state: Arc::new(Mutex::new(state)) };
        let accepting = table.clone();
        tokio::spawn(async move {
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                let (table, tls) = (accepting.clone(), tls.clone());
                tokio::spawn(async move {
                    if let Some(tls) = tls {
                        if let Ok(connection) = tls.accept(connection).await {
                            table.serve_connection(connection).await;
                        }
                    } else if let Ending::Reset = table.serve_connection(&mut connection).await {
                        // Lets what was sent arrive first.
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        connection.set_zero_linger().unwrap();
                    }
                });
            }
        });
        table
    }

    /// The requests for an item.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }

    /// The number of connections, including those that were only opened.
    pub(crate) fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    async fn serve_connection(
        &self,
        mut connection: impl AsyncRead + AsyncWrite + Unpin,
    ) -> Ending {
        let number = {
            let mut state = self.state.lock().unwrap();
            state.connections += 1;
            state.connections - 1
        };
        while let Some(request) = read_request(&mut connection, number).await {
            let reply = if request.body.is_null() {
                // A function opens its connection with `GET /`, as load balancers check health.
                Reply::body(200, "healthy")
            } else {
                let mut state = self.state.lock().unwrap();
                state.requests.push(request);
                let is_last = state.replies.len() == 1;
                let next = if is_last { None } else { state.replies.pop_front() };
                next.unwrap_or_else(|| state.replies[0].clone())
            };
            // The client may have closed the connection.
            let _ = connection.write_all(reply.text.as_bytes()).await;
            match reply.ending {
                Ending::Keep => {}
                Ending::Hang => std::future::pending().await,
                Ending::Endless => while connection.write_all(&[b' '; 65_536]).await.is_ok() {},
                ending @ (Ending::Close | Ending::Reset) => return ending,
            }
        }
        Ending::Close
    }
}

/// The next request of the connection with this number; `None` if it was closed.
async fn read_request(stream: &mut (impl AsyncRead + Unpin), connection: usize) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return None;
        }
        let text = std::str::from_utf8(&bytes).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let body = if head.starts_with("GET ") { "null" } else { body };
        if let Ok(body) = serde_json::from_str(body) {
            let headers = head.lines().filter_map(|line| line.split_once(": "));
            let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned()));
            return Some(Request { connection, headers: headers.collect(), body });
        }
    }
}

/// The item of the page's user with the required attributes, and these instead of its own or beside them.
pub(crate) fn user_with(attributes: Value) -> Value {
    let user = json!({
        "id": { "S": "user_123456789" },
        "email": { "S": "secret" },
        "name": { "S": "secret" },
        "account_id": { "S": "acc_789123456" },
        "status": { "S": "active" },
        "created_time": { "S": "2024-01-15T10:30:00Z" },
    });
    with(user, attributes)
}

/// The record of the key in `authorizer/allow`, with these attributes instead of its own or beside them.
pub(crate) fn record_with(attributes: Value) -> Value {
    let key_hash = const_hex::encode(digest(&SHA256, key("reads its account").as_bytes()));
    let record = json!({
        "key_hash": { "S": key_hash },
        "key_id": { "S": "key_1" },
        "account_id": { "S": "acc_1" },
    });
    with(record, attributes)
}

fn with(mut item: Value, attributes: Value) -> Value {
    let Value::Object(attributes) = attributes else { panic!("{attributes}") };
    item.as_object_mut().unwrap().extend(attributes);
    item
}
