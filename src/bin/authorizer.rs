//! The `authorizer` function.

use std::process::ExitCode;

use credira_users::{
    api_keys_table::ApiKeysTable, authorizer::Authorizer, config::AuthorizerConfig, dynamodb, log,
};
use lambda_runtime::{Error, Runtime, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::stopped(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    log::init()?;
    let config = AuthorizerConfig::from_env().await?;
    let client = dynamodb::client(config.dynamodb)?;
    let authorizer = Authorizer::new(ApiKeysTable::new(client, config.api_keys_table));
    Runtime::new(service_fn(|event| authorizer.handle(event))).run().await
}
