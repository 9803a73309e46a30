//! A server in the place of DynamoDB that replies as a test wants it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What the table does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A response without an item.
    Empty,
    /// The same, and then the connection is closed without notice.
    EmptyThenClose,
    /// The same, and then the connection is reset.
    EmptyThenReset,
    /// A response with this item, whatever was requested.
    Item(Value),
    /// An error of this status and code.
    Error(u16, &'static str),
    /// No response, ever.
    Hang,
    /// A response that is HTML.
    Garbage,
    /// This status and body, without a checksum.
    Body(u16, String),
    /// Bytes that are not HTTP.
    NotHttp,
    /// This status, without a body.
    Nothing(u16),
    /// A response with the checksum of another one.
    Damaged,
    /// A body without an end.
    Endless,
    /// The connection is closed in the middle of the body.
    CutOff,
    /// The connection is reset in the middle of the body.
    ResetInTheMiddle,
}

/// A request that the table received.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The number of its connection, from 0.
    pub(crate) connection: usize,
    /// With lower-case names.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Value,
}

#[derive(Clone)]
pub(crate) struct FakeTable {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    connections: usize,
    requests: Vec<Request>,
    /// The last one is repeated.
    replies: VecDeque<Reply>,
    is_keep_alive: bool,
}

/// What happens to a connection after a reply.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Keep,
    Close,
    Reset,
}

impl FakeTable {
    /// Replies to each request with the same, and then closes the connection.
    pub(crate) async fn start(reply: Reply) -> Self {
        Self::serve([reply].into(), false).await
    }

    /// Replies to each request with the next reply, and to all others with the last one. Keeps
    /// connections open unless a reply closes them.
    pub(crate) async fn script(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::serve(replies.into_iter().collect(), true).await
    }

    async fn serve(replies: VecDeque<Reply>, is_keep_alive: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let table = Self::new(url, State { replies, is_keep_alive, ..Default::default() });
        let accepting = table.clone();
        tokio::spawn(async move {
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                let table = accepting.clone();
                tokio::spawn(async move {
                    if table.serve_connection(&mut connection).await == Ending::Reset {
                        // Lets what was sent arrive first.
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        reset(connection);
                    }
                });
            }
        });
        table
    }

    fn new(url: String, state: State) -> Self {
        Self { url, state: Arc::new(Mutex::new(state)) }
    }

    /// A table without items, for connections that somebody else accepts.
    pub(crate) fn empty(url: String) -> Self {
        Self::new(url, State { replies: [Reply::Empty].into(), ..Default::default() })
    }

    /// The requests for an item.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }

    /// The number of connections, including those that were only opened.
    pub(crate) fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// Serves the requests of one connection.
    pub(crate) async fn serve_connection(
        &self,
        connection: &mut (impl AsyncRead + AsyncWrite + Unpin),
    ) -> Ending {
        let number = {
            let mut state = self.state.lock().unwrap();
            state.connections += 1;
            state.connections - 1
        };
        loop {
            let Some(request) = read_request(connection).await else { return Ending::Close };
            let Some((headers, body)) = request else {
                // A function opens its connection with `GET /`, as load balancers check health.
                let _ = connection.write_all(&response(200, "healthy", 7, None, true)).await;
                continue;
            };
            let (reply, is_keep_alive) = {
                let mut state = self.state.lock().unwrap();
                state.requests.push(Request { connection: number, headers, body });
                let is_last = state.replies.len() == 1;
                let next = if is_last { None } else { state.replies.pop_front() };
                (next.unwrap_or_else(|| state.replies[0].clone()), state.is_keep_alive)
            };
            match send(connection, reply, is_keep_alive).await {
                Ending::Keep => {}
                ending => return ending,
            }
        }
    }
}

/// The headers and body of a `POST`, or `Some(None)` for a `GET`; `None` if the connection was closed.
async fn read_request(
    connection: &mut (impl AsyncRead + Unpin),
) -> Option<Option<(HashMap<String, String>, Value)>> {
    let mut bytes = Vec::new();
    loop {
        if connection.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return None;
        }
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut request = httparse::Request::new(&mut headers);
        let Ok(httparse::Status::Complete(head)) = request.parse(&bytes) else { continue };
        if request.method == Some("GET") {
            return Some(None);
        }
        if let Ok(body) = serde_json::from_slice(&bytes[head..]) {
            let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
            let headers = request.headers.iter();
            let headers = headers.map(|it| (it.name.to_lowercase(), text(it.value)));
            return Some(Some((headers.collect(), body)));
        }
    }
}

async fn send(
    connection: &mut (impl AsyncWrite + Unpin),
    reply: Reply,
    is_keep_alive: bool,
) -> Ending {
    let ok = |body: &str| response(200, body, body.len(), Some(body), is_keep_alive);
    let part = r#"{"Item":{"#;
    let is_endless = matches!(reply, Reply::Endless);
    let (bytes, ending) = match reply {
        Reply::Empty => (ok("{}"), Ending::Keep),
        Reply::EmptyThenClose => (ok("{}"), Ending::Close),
        Reply::EmptyThenReset => (ok("{}"), Ending::Reset),
        Reply::Item(item) => (ok(&json!({ "Item": item }).to_string()), Ending::Keep),
        Reply::Error(status, code) => {
            let body = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}") });
            let body = body.to_string();
            (response(status, &body, body.len(), Some(&body), is_keep_alive), Ending::Keep)
        }
        Reply::Hang => std::future::pending().await,
        Reply::Garbage => (ok("<html>"), Ending::Keep),
        Reply::Body(status, body) => {
            (response(status, &body, body.len(), None, is_keep_alive), Ending::Keep)
        }
        Reply::NotHttp => (b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec(), Ending::Keep),
        Reply::Nothing(status) => (response(status, "", 0, None, is_keep_alive), Ending::Keep),
        Reply::Damaged => (response(200, "{}", 2, Some("another"), is_keep_alive), Ending::Keep),
        Reply::Endless => (response(200, part, 1 << 40, None, is_keep_alive), Ending::Close),
        Reply::CutOff => (response(200, part, 1_000, None, is_keep_alive), Ending::Close),
        Reply::ResetInTheMiddle => (response(200, part, 1_000, None, is_keep_alive), Ending::Reset),
    };
    // The client may have closed the connection.
    let _ = connection.write_all(&bytes).await;
    while is_endless && connection.write_all(&[b' '; 65_536]).await.is_ok() {}
    match ending {
        Ending::Keep if is_keep_alive => Ending::Keep,
        Ending::Reset => Ending::Reset,
        Ending::Keep | Ending::Close => {
            let _ = connection.shutdown().await;
            Ending::Close
        }
    }
}

/// A response with this body, which is announced to be `length` long.
fn response(
    status: u16,
    body: &str,
    length: usize,
    checksum_of: Option<&str>,
    is_keep_alive: bool,
) -> Vec<u8> {
    let mut head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\n\
         content-length: {length}\r\n"
    );
    if let Some(text) = checksum_of {
        head += &format!("x-amz-crc32: {}\r\n", crc32fast::hash(text.as_bytes()));
    }
    if !is_keep_alive {
        head += "connection: close\r\n";
    }
    format!("{head}\r\n{body}").into_bytes()
}

/// Ends the connection with a TCP reset instead of a FIN.
fn reset(connection: TcpStream) {
    connection.set_zero_linger().unwrap();
    drop(connection);
}
