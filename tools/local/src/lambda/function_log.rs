//! The log of one function. Every line goes to the stack's log, and the line about a request also
//! to the gateway if it waits for that line.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::timeout,
};

use super::log_line::LogLine;

/// Takes the log: the name of the function that wrote a line, and the line.
pub type LogSink = Arc<dyn Fn(&str, &str) + Send + Sync>;

/// Other requests write fewer lines than this while one request waits for its line.
const CAPACITY: usize = 256;
/// The function writes the line before it responds, so it is there at once, unless
/// `AWS_LAMBDA_LOG_LEVEL` suppresses it.
const LINE_TIMEOUT: Duration = Duration::from_millis(100);

/// The log of one function.
#[derive(Clone)]
pub(crate) struct FunctionLog {
    pub(crate) function: String,
    sink: LogSink,
    lines: broadcast::Sender<String>,
}

/// The line that a function logs about one request.
pub(crate) struct RequestLine {
    lambda_request_id: String,
    lines: broadcast::Receiver<String>,
}

impl FunctionLog {
    pub(crate) fn new(function: &str, sink: LogSink) -> Self {
        Self { function: function.to_owned(), sink, lines: broadcast::Sender::new(CAPACITY) }
    }

    /// Takes a line that an environment writes.
    pub(crate) fn write(&self, line: String) {
        (self.sink)(&self.function, &line);
        // Fails if nobody waits for a line.
        let _ = self.lines.send(line);
    }

    /// The line about an invocation that has not started yet.
    pub(crate) fn request_line(&self, lambda_request_id: String) -> RequestLine {
        RequestLine { lambda_request_id, lines: self.lines.subscribe() }
    }
}

impl RequestLine {
    /// Waits a short time for the line. `None` if the function does not write it.
    pub(crate) async fn read(mut self) -> Option<LogLine> {
        let find = async {
            loop {
                match self.lines.recv().await.map(|line| LogLine::parse(&line)) {
                    Err(RecvError::Closed) => return None,
                    Ok(Some(line))
                        if line.field("lambda_request_id") == Some(&self.lambda_request_id) =>
                    {
                        return Some(line);
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                }
            }
        };
        timeout(LINE_TIMEOUT, find).await.ok().flatten()
    }
}
