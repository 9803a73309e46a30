//! `cargo keys`: creates, lists, finds, revokes and rotates API keys.

use std::{
    io::{self, Write},
    process::ExitCode,
    time::SystemTime,
};

use anyhow::{Context, Result, anyhow};
use credira_keys::{
    arguments::{Arguments, Command, Create, KNOWN_SCOPES},
    connection,
    issue::Purpose,
    keys::Keys,
    output, stdin,
};
use credira_users::api_key::Kind;

/// The result of a command.
struct Report {
    text: String,
    /// The ID of a new key, if `text` is the only place that shows the key.
    new_key_id: Option<String>,
    /// Why `text` is incomplete.
    errors: Vec<anyhow::Error>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::read()).await.and_then(show) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<Report> {
    let client = connection::client(&arguments.connection).await?;
    let keys = Keys::new(client, arguments.connection.table);
    let output = arguments.output;
    let mut report = Report { text: String::new(), new_key_id: None, errors: Vec::new() };
    report.text = match arguments.command {
        Command::Create(create) => {
            let warnings = warnings(&create);
            let issued = keys.create(purpose(create)).await?;
            for warning in warnings {
                let _ = writeln!(io::stderr(), "warning: {warning}");
            }
            report.new_key_id = Some(issued.record.key_id.clone());
            output::issued(output, &issued, None)?
        }
        Command::List { account, wide } => {
            let listing = keys.list(&account).await?;
            report.errors.extend(listing.malformed.into_iter().map(Into::into));
            if !report.errors.is_empty() {
                let incomplete = "the list is incomplete, because of malformed records";
                report.errors.push(anyhow!(incomplete));
            }
            output::list(output, wide, &account, &listing.records)?
        }
        Command::Find { .. } => output::found(output, &keys.find(&stdin::api_key()?).await?)?,
        Command::Revoke { key_id } => {
            let revoked = keys.revoke(&key_id).await?;
            let text = output::revoked(output, &revoked)?;
            if let Err(error) = revoked.still_working {
                let unknown =
                    "the key was revoked, but the other keys of its rotations could not be read";
                report.errors.push(anyhow::Error::from(error).context(unknown));
            }
            text
        }
        Command::Rotate { key_id, overlap } => {
            let (issued, old) = keys.rotate(&key_id, overlap).await?;
            report.new_key_id = Some(issued.record.key_id.clone());
            output::issued(output, &issued, Some(&old))?
        }
    };
    Ok(report)
}

fn purpose(create: Create) -> Purpose {
    Purpose {
        kind: if create.test { Kind::Test } else { Kind::Live },
        expires_at: create.expires_at(SystemTime::now()),
        account_id: create.account,
        user_id: create.user.map(|user| user.as_str().to_owned()),
        scopes: create.scopes,
        name: create.name,
    }
}

/// What the new key may not do as somebody expected.
fn warnings(create: &Create) -> Vec<String> {
    let known = KNOWN_SCOPES.join(" and ");
    let unknown = create.unknown_scopes();
    let mut warnings: Vec<_> = unknown
        .map(|scope| format!("this API does not know the scope {scope}; it knows {known}"))
        .collect();
    if create.user.is_none() && create.scopes.is_empty() {
        warnings
            .push("this key may read nobody, because it has no --user and no --scope".to_owned());
    }
    warnings
}

fn show(mut report: Report) -> Result<()> {
    let mut stdout = io::stdout();
    let written = writeln!(stdout, "{}", report.text).and_then(|()| stdout.flush());
    match report.new_key_id {
        Some(key_id) => written.with_context(|| {
            format!("{key_id} was created but could not be shown: revoke or rotate it")
        })?,
        None => written?,
    }
    let last = report.errors.pop();
    report.errors.iter().for_each(print_error);
    last.map_or(Ok(()), Err)
}

/// Prints an error and its causes in one line. If that fails, the exit code remains.
fn print_error(error: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "error: {}", output::escape(&format!("{error:#}")));
}
