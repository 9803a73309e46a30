//! `cargo keys`: issues, lists, revokes and rotates API keys.

use std::{
    io::{self, Write},
    process::ExitCode,
    time::SystemTime,
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use credira_keys::{
    arguments::{Arguments, Command},
    connection,
    error::Error,
    issue::Purpose,
    keys::Keys,
    output,
};
use credira_users::api_key::Kind;

/// What a command has to say.
struct Report {
    text: String,
    /// The ID of a key that only `text` shows.
    shows_key: Option<String>,
    /// What was wrong beside.
    errors: Vec<Error>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await.and_then(show) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell where this fails too.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<Report> {
    let client = connection::client(&arguments.connection).await?;
    let keys = Keys::new(client, arguments.connection.table);
    let output = arguments.output;
    let mut shows_key = None;
    let mut errors = Vec::new();
    let text = match arguments.command {
        Command::Create(create) => {
            let purpose = Purpose {
                kind: if create.test { Kind::Test } else { Kind::Live },
                expires_at: create.expires_at(SystemTime::now()),
                account_id: create.account,
                user_id: create.user,
                scopes: create.scopes,
                name: create.name,
            };
            let issued = keys.create(purpose).await?;
            shows_key = Some(issued.record.key_id.clone());
            output::issued(output, &issued, None)?
        }
        Command::List { account } => {
            let listing = keys.list(&account).await?;
            errors = listing.broken;
            output::list(output, &account, &listing.records)?
        }
        Command::Revoke { key_id } => output::revoked(output, &keys.revoke(&key_id).await?)?,
        Command::Rotate { key_id, overlap } => {
            let (issued, old) = keys.rotate(&key_id, overlap).await?;
            shows_key = Some(issued.record.key_id.clone());
            output::issued(output, &issued, Some(&old))?
        }
    };
    Ok(Report { text, shows_key, errors })
}

fn show(report: Report) -> Result<()> {
    let mut stdout = io::stdout();
    let written = writeln!(stdout, "{}", report.text).and_then(|()| stdout.flush());
    match report.shows_key {
        Some(key_id) => written.with_context(|| {
            format!("{key_id} was made and could not be shown: revoke it, or rotate it")
        })?,
        None => written?,
    }
    let is_whole = report.errors.is_empty();
    for error in report.errors {
        writeln!(io::stderr(), "error: {:#}", anyhow::Error::from(error))?;
    }
    ensure!(is_whole, "the list is not whole");
    Ok(())
}
