//! The `get-user` function.

use std::process::ExitCode;

use credira_users::{
    config::Config,
    get_user::{GetUser, UsersTable},
    process,
};
use lambda_runtime::{Error, Runtime, service_fn};

fn main() -> ExitCode {
    process::run(serve())
}

async fn serve() -> Result<(), Error> {
    let config = Config::from_env("USERS_TABLE").await?;
    let client = config.dynamodb.connect().await?;
    let endpoint = GetUser::new(UsersTable::new(client, config.table));
    Runtime::new(service_fn(|event| endpoint.handle(event))).run().await
}
