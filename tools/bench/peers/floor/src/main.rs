//! The `get-user` function with nothing between it and its sockets: what is left is what the
//! task itself costs.

mod dynamodb;
mod get_user;
mod http;
mod time;

use std::{convert::Infallible, env, error::Error, process::ExitCode};

use crate::{dynamodb::Table, http::Client};

const INVOCATION: &str = "/2018-06-01/runtime/invocation";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let Err(error) = run();
    eprintln!("floor: {error}");
    ExitCode::FAILURE
}

fn run() -> Result<Infallible> {
    let host = variable("AWS_LAMBDA_RUNTIME_API")?;
    let mut table = Table::from_env()?;
    let mut runtime = Client::open(&format!("http://{host}"))?;
    let next = format!("GET {INVOCATION}/next HTTP/1.1\r\nhost: {host}\r\n\r\n");
    loop {
        let event = runtime.send(&next)?;
        let id = event.invocation_id.ok_or("an event without an invocation ID")?;
        let (outcome, json) = match get_user::answer(&event.body, &mut table) {
            Ok(response) => ("response", response),
            Err(error) => {
                let message = serde_json::to_string(&error.to_string())?;
                ("error", format!(r#"{{"errorType":"Error","errorMessage":{message}}}"#))
            }
        };
        runtime.send(&format!(
            "POST {INVOCATION}/{id}/{outcome} HTTP/1.1\r\nhost: {host}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{json}",
            json.len()
        ))?;
    }
}

fn variable(name: &str) -> Result<String> {
    env::var(name).map_err(|_| format!("{name} is not set").into())
}
