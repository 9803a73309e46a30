//! Runs one of the functions in this process.

use std::{
    cell::RefCell,
    env,
    io::{self, BufRead, BufReader, PipeReader, PipeWriter, Write},
};

use credira_users::dynamodb::{Client, Config};
use lambda_runtime::{Context, LambdaEvent};
use rustix::stdio::dup2_stdout;
use serde_json::value::RawValue;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::table;

/// No JSON has this byte.
const END: u8 = 0;

/// A function with a table of its own.
pub struct Function<H> {
    handler: H,
    runtime: Runtime,
    /// Reads standard output, where functions write their log. No case logs more than a pipe holds.
    log: RefCell<BufReader<PipeReader>>,
    standard_output: PipeWriter,
}

impl<H> Function<H> {
    /// Starts a function. `item` returns the table's item for a key, as DynamoDB's JSON.
    pub fn start<I>(item: I, handler: impl FnOnce(Client) -> H) -> Self
    where
        I: Fn(&str) -> Option<String> + Clone + Send + 'static,
    {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build().expect("a runtime starts");
        let client = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
            let address = listener.local_addr().expect("the port is bound");
            tokio::spawn(table::serve(listener, item));
            for (variable, value) in [
                ("AWS_ENDPOINT_URL_DYNAMODB", &*format!("http://{address}")),
                ("AWS_REGION", "us-east-1"),
                ("AWS_ACCESS_KEY_ID", "local"),
                ("AWS_SECRET_ACCESS_KEY", "local"),
            ] {
                // SAFETY: no other thread of libFuzzer uses the environment.
                unsafe { env::set_var(variable, value) };
            }
            let config = Config::from_env().await.expect("the variables are set");
            config.connect().await.expect("the client has all settings")
        });
        let (log, standard_output) = io::pipe().expect("a pipe opens");
        dup2_stdout(&standard_output).expect("the pipe becomes standard output");
        let log = RefCell::new(BufReader::new(log));
        Self { handler: handler(client), runtime, log, standard_output }
    }

    /// Handles an event with `handle`, and returns its result and the log. `json` must be JSON.
    pub fn invoke<T>(
        &self,
        json: &str,
        handle: impl AsyncFn(&H, LambdaEvent<Box<RawValue>>) -> T,
    ) -> (T, String) {
        loop {
            let event = RawValue::from_string(json.to_owned()).expect("the event is JSON");
            let event = LambdaEvent::new(event, Context::default());
            let result = self.runtime.block_on(handle(&self.handler, event));
            let log = self.read_log();
            // The table always responds, but a busy machine can be too slow for the SDK's timeouts.
            if !log.contains("table attempt failed") {
                return (result, log);
            }
        }
    }

    fn read_log(&self) -> String {
        (&self.standard_output).write_all(&[END]).expect("the pipe is open");
        let mut log = Vec::new();
        self.log.borrow_mut().read_until(END, &mut log).expect("the pipe is open");
        String::from_utf8(log).expect("the log is text")
    }
}
