//! `cargo keys`: creates, lists, finds, revokes and rotates API keys.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::{Context, Result, anyhow};
use credira_keys::{
    arguments::{Arguments, Command},
    connection,
    issue::Issued,
    keys::Keys,
    output, stdin,
};
use credira_users::api_key_record::ApiKeyRecord;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::read()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The error and its causes, in one line.
            warn("error", &format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<()> {
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
        Command::Create(create) => {
            let is_useless = create.is_useless();
            let issued = keys.create(create.purpose()).await?;
            if is_useless {
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
            show(output::revoked(output, &revoked)?)?;
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
fn warn(kind: &str, text: &str) {
    let _ = writeln!(io::stderr(), "{kind}: {}", output::escape(text));
}
