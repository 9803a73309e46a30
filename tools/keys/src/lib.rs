//! The key tool: creates, lists, finds, revokes and rotates API keys.
//!
//! `arguments` is the command line and `values` its values, `connection` connects to DynamoDB,
//! [`issue`] makes a new key, [`keys`] reads and changes the table, `output` shows the result, and
//! `text` makes it safe.

mod arguments;
mod connection;
pub mod issue;
pub mod keys;
mod output;
mod stdin;
mod text;
mod values;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::{Context, Result, anyhow};
use credira_users::api_key_record::ApiKeyRecord;

use crate::{
    arguments::{Arguments, Command},
    issue::{Issued, Purpose},
    keys::Keys,
};

/// Does what the command line says. Ends the process if that is wrong.
pub async fn run() -> ExitCode {
    match execute(Arguments::read()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The error and its causes, in one line.
            warn("error", &format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn execute(arguments: Arguments) -> Result<()> {
    let client = connection::client(&arguments.connection).await?;
    let keys = Keys::new(client, arguments.connection.table);
    let output = arguments.output;
    let show_new = |issued: &Issued, old: Option<&ApiKeyRecord>| {
        let shown = output::issued(output, issued, old).map_err(Into::into).and_then(show);
        shown.with_context(|| {
            let key_id = issued.record.key_id.as_str();
            format!("{key_id} was created but could not be shown: revoke or rotate it")
        })
    };
    match arguments.command {
        Command::Create { purpose, expires_in, .. } => {
            // It begins when the key is made, not while somebody types a password.
            let expires_at = purpose.expires_at.or(expires_in.map(values::end_of));
            let issued = keys.create(Purpose { expires_at, ..purpose }).await?;
            if issued.record.user_id.is_none() && issued.record.scopes.is_empty() {
                let useless = "this key may read nobody, because it has no --user and no --scope";
                warn("warning", useless);
            }
            show_new(&issued, None)
        }
        Command::List { account, wide } => {
            let (records, malformed) = keys.list(&account).await?;
            show(output::list(output, wide, account.as_str(), &records)?)?;
            let malformed: Vec<_> = malformed.iter().map(|error| format!("{error:#}")).collect();
            match &malformed[..] {
                [] => Ok(()),
                errors => Err(anyhow!("the list is incomplete: {}", errors.join("; "))),
            }
        }
        Command::Find { .. } => show(output::found(output, &keys.find(&stdin::api_key()?).await?)?),
        Command::Revoke { key_id } => {
            let revoked = keys.revoke(&key_id).await?;
            show(output::revoked(output, key_id.as_str(), &revoked)?)?;
            let unknown =
                "the key was revoked, but the other keys of its rotations could not be read";
            revoked.still_working.map(drop).context(unknown)
        }
        Command::Rotate { key_id, overlap } => {
            let (issued, old) = keys.rotate(&key_id, overlap).await?;
            show_new(&issued, Some(&old))
        }
    }
}

fn show(text: String) -> Result<()> {
    let mut stdout = io::stdout();
    writeln!(stdout, "{text}")?;
    Ok(stdout.flush()?)
}

/// Prints a line on standard error. If that fails, the exit code remains.
fn warn(kind: &str, line: &str) {
    let _ = writeln!(io::stderr(), "{kind}: {}", text::escape(line));
}
