//! What the terminal shows.

pub(crate) mod arguments;
pub(crate) mod summary;

use std::{fmt, io::Write};

use anyhow::Result;
use credira_local::{Stack, demo, gateway::RequestRecord, log_line::LogLine};
use owo_colors::OwoColorize;

/// Which of the functions' log lines are shown.
#[derive(Clone, Copy)]
pub(crate) enum FunctionLines {
    /// Warnings and errors.
    Problems,
    /// All, readable.
    Readable,
    /// All, as they are.
    Json,
}

/// Writes a line, without colours unless it is to a terminal. An error is ignored: the stack also
/// serves when nobody reads its output.
pub(crate) fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(anstream::stdout(), "{line}");
}

/// Writes an error. There is nowhere to report it if this fails.
pub(crate) fn error(error: &anyhow::Error) {
    let _ = writeln!(anstream::stderr(), "{} {error:#}", "error:".red().bold());
}

/// `METHOD PATH STATUS N ms KEY_ID`, and why the request was denied.
pub(crate) fn request(record: &RequestRecord) {
    let RequestRecord { method, path, status, key_id, reason, elapsed } = record;
    let ms = elapsed.as_millis();
    // A client chooses the path: it must not control the terminal.
    let path = path.escape_default();
    let status = match status {
        200..400 => status.green().to_string(),
        400..500 => status.yellow().to_string(),
        _ => status.red().to_string(),
    };
    let key_id = key_id.as_deref().unwrap_or("-").escape_debug().to_string();
    let reason = reason.iter().map(|it| format!(" {}", it.escape_debug())).collect::<String>();
    say(format_args!("{method} {path} {status} {ms} ms {}{}", key_id.dimmed(), reason.yellow()));
}

/// A line that a function, or the gateway about a function, wrote.
pub(crate) fn function_line(shown: FunctionLines, function: &str, text: &str) {
    let Some(line) = LogLine::parse(text) else {
        return say(format_args!("{} {}", function.dimmed(), text.escape_debug()));
    };
    let readable = || line.readable(function);
    match (shown, line.level.as_str()) {
        (FunctionLines::Json, _) => say(format_args!("{text}")),
        (_, "ERROR") => say(format_args!("{}", readable().red())),
        (_, "WARN") => say(format_args!("{}", readable().yellow())),
        (FunctionLines::Readable, _) => say(format_args!("{}", readable().dimmed())),
        (FunctionLines::Problems, _) => {}
    }
}

/// The `curl` lines, the addresses, and a warning if others can reach them.
pub(crate) fn ready(stack: &Stack) -> Result<()> {
    let Stack { api, dynamodb, .. } = stack;
    say(format_args!(""));
    for example in demo::examples(stack.tables())? {
        let demo::Example { status, what, key, user_id } = example;
        say(format_args!("{}", format!("# {status}: {what}").dimmed()));
        say(format_args!("curl -H 'Authorization: Bearer {key}' http://{api}/v1/users/{user_id}"));
    }
    say(format_args!(""));
    if !stack.is_local() {
        let warning = "DynamoDB is open without credentials to every machine that reaches this one";
        say(format_args!("{} {warning}", "warning:".yellow().bold()));
    }
    say(format_args!("docs http://{api}/docs"));
    say(format_args!("ready http://{api} dynamodb http://{dynamodb}"));
    Ok(())
}
