//! The `get-user` function.

use std::{process::ExitCode, time::Instant};

use credira_users::{
    dynamodb::Config,
    get_user::{GetUser, UsersTable},
    process,
};
use lambda_runtime::{Error, Runtime, service_fn};

fn main() -> ExitCode {
    process::run(serve)
}

async fn serve(started: Instant) -> Result<(), Error> {
    let config = Config::from_env("USERS_TABLE").await?;
    let table = config.table.clone();
    let client = config.connect().await?;
    let endpoint = GetUser::new(UsersTable::new(client, table));
    // The first invocation logs how long the init phase took.
    let mut init = Some(started.elapsed());
    Runtime::new(service_fn(|event| endpoint.handle(event, init.take()))).run().await
}
