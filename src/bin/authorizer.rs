//! The `authorizer` function.

use std::{process::ExitCode, time::Instant};

use credira_users::{authorizer::Authorizer, dynamodb::Config, process};
use lambda_runtime::{Error, Runtime, service_fn};

fn main() -> ExitCode {
    process::run(serve)
}

async fn serve(started: Instant) -> Result<(), Error> {
    let config = Config::from_env("API_KEYS_TABLE").await?;
    let table = config.table.clone();
    let authorizer = Authorizer::new(config.connect().await?, table);
    // The first invocation logs how long the init phase took.
    let mut init = Some(started.elapsed());
    Runtime::new(service_fn(|event| authorizer.handle(event, init.take()))).run().await
}
