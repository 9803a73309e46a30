//! The command line.

pub(crate) mod values;

use std::{
    env,
    ffi::OsString,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clap::{
    Args, CommandFactory, Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser,
    error::ErrorKind,
};
use credira_users::user_id::UserId;

use crate::{endpoint::EndpointUrl, mask::has_key};

/// The scopes that this API knows.
pub const KNOWN_SCOPES: [&str; 2] = ["users:read", "users:read:all"];

/// Create, list, find, revoke and rotate API keys
#[derive(Parser)]
#[command(bin_name = "cargo keys", version)]
pub struct Arguments {
    /// Which table, and how to connect to it.
    #[command(flatten)]
    pub connection: Connection,
    /// Output format
    #[arg(long, global = true, value_enum, default_value_t = Output::Table)]
    pub output: Output,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Arguments {
    /// Parses the command line. Ends the process if it is wrong, and, so that no message shows a
    /// key, if it or a variable that the tool reads has one.
    pub fn read() -> Self {
        let has_key = |text: &OsString| has_key(&text.to_string_lossy());
        if env::args_os().skip(1).any(|argument| has_key(&argument)) {
            refuse(
                "an argument has an API key, or nearly one. Arguments stay in the shell's history, \
                 and other programs can read them. To find the key's ID, pass the key on standard \
                 input to `cargo keys find`",
            );
        }
        let is_read = |name: &str| name == "API_KEYS_TABLE" || name.starts_with("AWS_");
        for (name, value) in env::vars_os() {
            let name = name.to_string_lossy();
            if is_read(&name) && has_key(&value) {
                refuse(&format!("the variable {name} has an API key, or nearly one: change it"));
            }
        }
        Self::parse()
    }
}

fn refuse(message: &str) -> ! {
    Arguments::command().error(ErrorKind::ValueValidation, message).exit()
}

/// The table and its endpoint, with the options of the AWS CLI.
#[derive(Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Connection {
    /// Name or ARN of the table of API keys
    #[arg(
        long,
        global = true,
        env = "API_KEYS_TABLE",
        hide_env_values = true,
        default_value = "api-keys",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub table: String,
    /// URL of DynamoDB, such as http://127.0.0.1:8000 for `cargo local` [default: the region's]
    #[arg(long, global = true, value_name = "URL", value_parser = EndpointUrl::parse)]
    pub endpoint_url: Option<EndpointUrl>,
    /// Profile in the AWS configuration
    #[arg(long, global = true, value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// AWS region
    #[arg(long, global = true, value_parser = values::region)]
    pub region: Option<String>,
}

/// The output format.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Text for people
    Table,
    /// JSON for programs
    Json,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Create a key, and show it once
    Create(Create),
    /// List the keys of an account
    List {
        /// Account ID
        #[arg(long, value_parser = values::account)]
        account: String,
        /// Show every column, without wrapping
        #[arg(long)]
        wide: bool,
    },
    /// Read a key from standard input, and show its ID, account and status
    ///
    /// The input can have other text around the key.
    Find {
        /// Standard input, which is also the default
        #[arg(value_parser = ["-"], hide_possible_values = true)]
        input: Option<String>,
    },
    /// Revoke a key. Safe to repeat
    ///
    /// The key may work for at most 30 seconds more, while the authorizer has it in memory.
    Revoke {
        /// Key ID, from `list`
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        key_id: String,
    },
    /// Replace a key with a new one, and let the old key work for a while
    ///
    /// The new key has the rights of the old key, and the lifetime that the old key was created
    /// with.
    Rotate {
        /// Key ID, from `list`
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        key_id: String,
        /// How long both keys work, such as 30s, 12h or 7d
        #[arg(
            long,
            value_name = "DURATION",
            value_parser = values::duration,
            default_value = "7d"
        )]
        overlap: Duration,
    },
}

/// What the new key is for.
#[derive(Args)]
pub struct Create {
    /// Account that the key belongs to
    #[arg(long, value_parser = values::account)]
    pub account: String,
    /// User that the key belongs to, who can read their own data with it
    #[arg(long, value_parser = UserId::parse)]
    pub user: Option<UserId>,
    /// What the key may do: users:read or users:read:all. Can be repeated
    #[arg(long = "scope", value_name = "SCOPE", value_parser = values::scope)]
    pub scopes: Vec<String>,
    /// Name of the key
    #[arg(long)]
    pub name: Option<String>,
    /// Lifetime, such as 30s, 12h or 90d [default: the key does not expire]
    #[arg(long, value_name = "DURATION", value_parser = values::lifetime)]
    pub expires_in: Option<Duration>,
    /// Time of expiry, such as 2030-01-31T00:00:00Z
    #[arg(
        long,
        value_name = "TIME",
        value_parser = values::future_time,
        conflicts_with = "expires_in"
    )]
    pub expires_at: Option<SystemTime>,
    /// Create a crd_test_ key instead of a crd_live_ key
    #[arg(long)]
    pub test: bool,
}

impl Create {
    /// When the key expires, in seconds since 1970.
    pub fn expires_at(&self, now: SystemTime) -> Option<u64> {
        let time = self.expires_at.or_else(|| now.checked_add(self.expires_in?))?;
        Some(time.duration_since(UNIX_EPOCH).ok()?.as_secs())
    }

    /// The scopes that this API does not know.
    pub fn unknown_scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(String::as_str).filter(|scope| !KNOWN_SCOPES.contains(scope))
    }
}
