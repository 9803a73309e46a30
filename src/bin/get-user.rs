//! The `get-user` function.

use std::{process::ExitCode, sync::Arc};

use credira_users::{
    config::GetUserConfig, dynamodb::Client, get_user::GetUser, process, users_table::UsersTable,
};
use lambda_runtime::{Error, Runtime, service_fn};

fn main() -> ExitCode {
    process::run(serve())
}

async fn serve() -> Result<(), Error> {
    let config = GetUserConfig::from_env().await?;
    let client = Client::open(config.dynamodb).await?;
    let endpoint = Arc::new(GetUser::new(UsersTable::new(client, config.users_table)));
    Runtime::new(service_fn(move |event| endpoint.clone().handle(event))).run().await
}
