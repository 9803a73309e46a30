//! Runs one of the functions in this process.

use std::{
    cell::RefCell,
    env,
    io::{self, BufRead, BufReader, PipeReader, PipeWriter, Write},
    panic,
};

use credira_users::dynamodb::Config;
use lambda_runtime::{Context, Diagnostic, Error, LambdaEvent};
use rustix::stdio::dup2_stdout;
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use tokio::{net::TcpListener, runtime::Runtime};

use crate::table;

/// No JSON has this byte.
const END: u8 = 0;

/// What Lambda and the template set, except the table's address.
const VARIABLES: [(&str, &str); 8] = [
    ("AWS_ACCESS_KEY_ID", "local"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ("AWS_LAMBDA_FUNCTION_NAME", "fuzz"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_SECRET_ACCESS_KEY", "local"),
    ("TABLE", "table"),
];

/// A function with a table of its own.
pub struct Function<H> {
    handler: H,
    runtime: Runtime,
    /// Reads standard output, where functions write their log. No case logs more than a pipe holds.
    log: RefCell<BufReader<PipeReader>>,
    standard_output: PipeWriter,
}

/// What an invocation returned, or the text of its error, and what it logged.
pub struct Outcome {
    pub response: Result<Value, String>,
    pub log: String,
}

impl<H> Function<H> {
    /// Starts a function. `item` returns the table's item for a key, as DynamoDB's JSON. `handler` is
    /// what the binary does before its first event.
    pub fn start(
        item: fn(&str) -> Option<String>,
        handler: impl AsyncFnOnce(Config) -> Result<H, Error>,
    ) -> Self {
        let (log, standard_output) = io::pipe().expect("a pipe opens");
        dup2_stdout(&standard_output).expect("the pipe becomes standard output");
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build().expect("a runtime starts");
        let handler = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
            let address = listener.local_addr().expect("the port is bound");
            tokio::spawn(table::serve(listener, item));
            let url = format!("http://{address}");
            let table = ("AWS_ENDPOINT_URL_DYNAMODB", url.as_str());
            for (variable, value) in VARIABLES.into_iter().chain([table]) {
                // SAFETY: no other thread of libFuzzer uses the environment.
                unsafe { env::set_var(variable, value) };
            }
            let config = Config::from_env("TABLE").await.expect("the variables are set");
            handler(config).await.expect("the function connects")
        });
        let function =
            Self { handler, runtime, log: RefCell::new(BufReader::new(log)), standard_output };
        // Without its table a function would respond with a 503 to everything.
        assert_eq!(function.read_log(), "\0", "the function is not connected");
        function
    }

    /// Handles an event, which must be JSON, with `handle`.
    pub fn invoke<R: Serialize, E: Into<Diagnostic>>(
        &self,
        event: &str,
        handle: impl AsyncFn(&H, LambdaEvent<Box<RawValue>>) -> Result<R, E>,
    ) -> Outcome {
        let event = RawValue::from_string(event.to_owned()).expect("the event is JSON");
        let event = LambdaEvent::new(event, Context::default());
        let response = match self.runtime.block_on(handle(&self.handler, event)) {
            Ok(response) => Ok(serde_json::to_value(response).expect("the response is JSON")),
            Err(error) => Err(error.into().error_message),
        };
        // The function's own hook would write why a check fails into the log.
        drop(panic::take_hook());
        Outcome { response, log: self.read_log() }
    }

    fn read_log(&self) -> String {
        (&self.standard_output).write_all(&[END]).expect("the pipe is open");
        let mut log = Vec::new();
        self.log.borrow_mut().read_until(END, &mut log).expect("the pipe is open");
        String::from_utf8(log).expect("the log is text")
    }
}
