//! The `get-user` function.

use std::process::ExitCode;

use credira_users::{
    config::GetUserConfig,
    dynamodb,
    get_user::GetUser,
    log::{self, Causes},
    users_table::UsersTable,
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
    let config = GetUserConfig::from_env().await?;
    let client = dynamodb::client(config.dynamodb)?;
    let endpoint = GetUser::new(UsersTable::new(client, config.users_table));
    Runtime::new(service_fn(|event| endpoint.handle(event))).run().await
}
