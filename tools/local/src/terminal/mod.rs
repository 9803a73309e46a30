//! What the terminal shows.

pub(crate) mod arguments;
pub(crate) mod summary;

use std::{fmt, io::Write, net::IpAddr};

use anyhow::Result;
use credira_local::{Stack, demo, gateway::RequestRecord, log_line::LogLine};
use owo_colors::{AnsiColors, OwoColorize};

/// Which of the functions' log lines are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Terminal {
    /// Warnings and errors that no line of the request log has.
    Problems,
    /// All, readable.
    Verbose,
    /// All, as they are, and nothing else on standard output.
    Json,
}

/// Writes an error. There is nowhere to report it if this fails.
pub(crate) fn error(error: &anyhow::Error) {
    let _ = writeln!(anstream::stderr(), "{} {error:#}", "error:".red().bold());
}

impl Terminal {
    /// Writes a line, without colours unless it is to a terminal. An error is ignored: the stack also
    /// serves when nobody reads its output.
    pub(crate) fn say(self, line: fmt::Arguments<'_>) {
        let _ = match self {
            Self::Json => writeln!(anstream::stderr(), "{line}"),
            _ => writeln!(anstream::stdout(), "{line}"),
        };
    }

    /// `METHOD PATH STATUS N ms KEY_ID`, and why the request was denied or failed.
    pub(crate) fn request(self, record: &RequestRecord) {
        let RequestRecord { method, path, status, key_id, reason, elapsed, .. } = record;
        let ms = elapsed.as_millis();
        // A client chooses the path: it must not control the terminal.
        let path = path.escape_default();
        let key_id = visible(key_id.as_deref().unwrap_or("-"));
        let reason = reason.iter().map(|it| format!(" {}", visible(it))).collect::<String>();
        let colour = match status {
            200..400 => AnsiColors::Green,
            400..500 => AnsiColors::Yellow,
            _ => AnsiColors::Red,
        };
        let (status, key_id, reason) =
            (status.color(colour), key_id.dimmed(), reason.color(colour));
        self.say(format_args!("{method} {path} {status} {ms} ms {key_id}{reason}"));
    }

    /// A line that a function, or the gateway about a function, wrote.
    pub(crate) fn function_line(self, function: &str, text: &str) {
        let Some(line) = LogLine::parse(text) else {
            // What the gateway says is in the request log too.
            if function != "gateway" || self == Self::Verbose {
                self.say(format_args!("{} {}", function.dimmed(), visible(text)));
            }
            return;
        };
        if self == Self::Json {
            let _ = writeln!(anstream::stdout(), "{text}");
            return;
        }
        let is_shown = self == Self::Verbose || !line.is_about_a_request();
        let readable = line.readable(function);
        match line.level.as_str() {
            "ERROR" if is_shown => self.say(format_args!("{}", readable.red())),
            "WARN" if is_shown => self.say(format_args!("{}", readable.yellow())),
            _ if self == Self::Verbose => self.say(format_args!("{}", readable.dimmed())),
            _ => {}
        }
    }

    /// Two requests to try, the addresses, and a warning if others can reach them at `host`.
    pub(crate) fn ready(self, stack: &Stack, host: IpAddr) -> Result<()> {
        let Stack { api, dynamodb, .. } = stack;
        for (what, key, user_id) in demo::examples(&stack.tables)? {
            // In 80 columns, no terminal breaks the URL or the key.
            self.say(format_args!("{}", format!("# {what}").dimmed()));
            self.say(format_args!("curl http://{api}/v1/users/{user_id} --oauth2-bearer \\"));
            self.say(format_args!("  {key}"));
        }
        if !host.is_loopback() {
            let warning =
                "DynamoDB is open without credentials to every machine that reaches this one";
            self.say(format_args!("{} {warning}", "warning:".yellow().bold()));
        }
        self.say(format_args!("more: http://{api}/docs"));
        self.say(format_args!("ready http://{api} dynamodb http://{dynamodb}"));
        Ok(())
    }
}

/// A text whose control characters are escaped.
fn visible(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.into() };
    text.chars().map(escape).collect()
}
