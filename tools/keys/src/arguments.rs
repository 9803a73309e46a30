//! The command line.

use std::{
    env,
    ffi::OsString,
    time::{Duration, SystemTime},
};

use clap::{
    Args, CommandFactory, Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser,
    error::ErrorKind,
};
use credira_users::{
    api_key::Kind,
    caller::{AccountId, KeyId},
    dynamodb::EndpointUrl,
    user_id::UserId,
};

use crate::{
    issue::{Purpose, seconds},
    text::has_key,
};

/// The scopes that this API knows.
const KNOWN_SCOPES: [&str; 2] = ["users:read", "users:read:all"];
/// 1000 years of 365.25 days, so that every time is before the year 9999, where RFC 3339 ends.
const MAX_DURATION: Duration = Duration::from_secs(1000 * 31_557_600);

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
        let arguments = Self::parse();
        if let Command::Create(create) = &arguments.command {
            create.refuse_unknown_scopes();
        }
        arguments
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
    #[arg(long, global = true, value_parser = NonEmptyStringValueParser::new())]
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
        #[arg(long, value_parser = |text: &str| AccountId::parse(text))]
        account: AccountId,
        /// Show every column, and a key a line
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
        #[arg(value_parser = |text: &str| KeyId::parse(text))]
        key_id: KeyId,
    },
    /// Replace a key with a new one, and let the old key work for a while
    ///
    /// The new key has the rights of the old key, and the lifetime that the old key was created
    /// with.
    Rotate {
        /// Key ID, from `list`
        #[arg(value_parser = |text: &str| KeyId::parse(text))]
        key_id: KeyId,
        /// How long both keys work, such as 30s, 12h or 7d
        #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "7d")]
        overlap: Duration,
    },
}

/// What the new key is for.
#[derive(Args)]
pub struct Create {
    /// Account that the key belongs to
    #[arg(long, value_parser = |text: &str| AccountId::parse(text))]
    account: AccountId,
    /// User that the key belongs to, who can read their own data with it
    #[arg(long, value_parser = UserId::parse)]
    user: Option<UserId>,
    /// What the key may do: users:read or users:read:all. Can be repeated
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
    scopes: Vec<String>,
    /// Allow scopes that this API does not know
    #[arg(long)]
    allow_unknown_scope: bool,
    /// Name of the key
    #[arg(long)]
    name: Option<String>,
    /// Lifetime, such as 30s, 12h or 90d [default: the key does not expire]
    #[arg(long, value_name = "DURATION", value_parser = lifetime)]
    expires_in: Option<Duration>,
    /// Time of expiry, such as 2030-01-31T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = future_time, conflicts_with = "expires_in")]
    expires_at: Option<SystemTime>,
    /// Create a crd_test_ key instead of a crd_live_ key
    #[arg(long)]
    test: bool,
}

impl Create {
    /// Whether the key may read nobody.
    pub fn is_useless(&self) -> bool {
        self.user.is_none() && self.scopes.is_empty()
    }

    /// The purpose of a key that is created now.
    pub fn purpose(self) -> Purpose {
        let in_duration = self.expires_in.and_then(|it| SystemTime::now().checked_add(it));
        Purpose {
            kind: if self.test { Kind::Test } else { Kind::Live },
            account_id: self.account,
            user_id: self.user,
            scopes: self.scopes,
            name: self.name,
            expires_at: self.expires_at.or(in_duration).map(seconds),
        }
    }

    fn refuse_unknown_scopes(&self) {
        let is_unknown = |scope: &&String| !KNOWN_SCOPES.contains(&scope.as_str());
        let unknown = self.scopes.iter().find(is_unknown);
        if let Some(scope) = unknown.filter(|_| !self.allow_unknown_scope) {
            let known = KNOWN_SCOPES.into_iter().min_by_key(|it| strsim::levenshtein(it, scope));
            refuse(&format!(
                "this API does not know the scope `{scope}`: did you mean `{}`? To create the key \
                 anyway, pass --allow-unknown-scope",
                known.unwrap_or_default()
            ));
        }
    }
}

fn scope(text: &str) -> Result<String, &'static str> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    if !text.is_empty() && is_plain {
        Ok(text.to_owned())
    } else {
        Err("a scope has visible ASCII characters and no comma; repeat --scope for more scopes")
    }
}

/// The lifetime of a key: at least one second.
fn lifetime(text: &str) -> Result<Duration, &'static str> {
    match duration(text)? {
        duration if duration < Duration::from_secs(1) => Err("must be at least 1s"),
        duration => Ok(duration),
    }
}

/// A duration with its units.
fn duration(text: &str) -> Result<Duration, &'static str> {
    match humantime::parse_duration(text) {
        Err(_) => Err("must be numbers with units, such as 30s, 12h or 90d"),
        Ok(duration) if duration > MAX_DURATION => Err("must be at most 1000 years"),
        Ok(duration) => Ok(duration),
    }
}

/// A time after now.
fn future_time(text: &str) -> Result<SystemTime, &'static str> {
    match humantime::parse_rfc3339(text) {
        Err(_) => Err("must be a time in UTC, such as 2030-01-31T00:00:00Z"),
        Ok(time) if time <= SystemTime::now() => Err("must be in the future"),
        Ok(time) => Ok(time),
    }
}
