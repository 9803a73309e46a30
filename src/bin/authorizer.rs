//! The `authorizer` function.

use std::process::ExitCode;

use credira_users::{
    api_keys_table::ApiKeysTable,
    authorizer::Authorizer,
    config::AuthorizerConfig,
    dynamodb,
    log::{self, Causes},
};
use lambda_runtime::{Error, Runtime, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(cause = %Causes(&*error), "stopped");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let config = AuthorizerConfig::from_env().await?;
    let client = dynamodb::client(config.dynamodb)?;
    let authorizer = Authorizer::new(ApiKeysTable::new(client, config.api_keys_table));
    Runtime::new(service_fn(|event| authorizer.handle(event))).run().await
}
