//! The `get-user` function.

use std::process::ExitCode;

use credira_users::{
    config::GetUserConfig, dynamodb, get_user::GetUser, log, users_table::UsersTable,
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
    let config = GetUserConfig::from_env().await?;
    let client = dynamodb::client(config.dynamodb)?;
    let endpoint = GetUser::new(UsersTable::new(client, config.users_table));
    Runtime::new(service_fn(|event| endpoint.handle(event))).run().await
}
