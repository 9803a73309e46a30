//! The `authorizer` function.

use std::{process::ExitCode, sync::Arc};

use credira_users::{
    api_keys_table::ApiKeysTable, authorizer::Authorizer, config::AuthorizerConfig,
    dynamodb::Client, process,
};
use lambda_runtime::{Error, Runtime, service_fn};

fn main() -> ExitCode {
    process::run(serve())
}

async fn serve() -> Result<(), Error> {
    let config = AuthorizerConfig::from_env().await?;
    let client = Client::open(config.dynamodb).await?;
    let authorizer = Arc::new(Authorizer::new(ApiKeysTable::new(client, config.api_keys_table)));
    Runtime::new(service_fn(move |event| authorizer.clone().handle(event))).run().await
}
