//! `cargo keys`: issues, lists, revokes and rotates API keys.

use std::{
    io::{self, Write},
    process::ExitCode,
    time::SystemTime,
};

use anyhow::Result;
use clap::Parser;
use credira_keys::{
    arguments::{Arguments, Command},
    connection,
    keys::{Keys, Purpose},
    output,
};
use credira_users::api_key::Kind;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let result = run(Arguments::parse()).await;
    match result.and_then(|text| Ok(writeln!(io::stdout(), "{text}")?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell where this fails too.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<String> {
    let client = connection::client(&arguments.connection).await?;
    let keys = Keys::new(client, arguments.connection.table);
    let output = arguments.output;
    Ok(match arguments.command {
        Command::Create(create) => {
            let purpose = Purpose {
                kind: if create.test { Kind::Test } else { Kind::Live },
                expires_at: create.expires_at(SystemTime::now()),
                account_id: create.account,
                user_id: create.user,
                scopes: create.scopes,
                name: create.name,
            };
            output::issued(output, &keys.create(purpose).await?, None)?
        }
        Command::List { account } => output::list(output, &account, &keys.list(&account).await?)?,
        Command::Revoke { key_id } => output::revoked(output, &keys.revoke(&key_id).await?)?,
        Command::Rotate { key_id, overlap } => {
            let (issued, old) = keys.rotate(&key_id, overlap).await?;
            output::issued(output, &issued, Some(&old))?
        }
    })
}
