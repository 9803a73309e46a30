//! The command line.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser};

/// Issues, lists, revokes and rotates API keys.
#[derive(Parser)]
#[command(bin_name = "cargo keys", version)]
pub struct Arguments {
    /// Which table, and how to reach it.
    #[command(flatten)]
    pub connection: Connection,
    /// How to show the result
    #[arg(long, global = true, value_enum, default_value_t = Output::Table)]
    pub output: Output,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// As the AWS CLI has them.
#[derive(Args)]
pub struct Connection {
    /// Name or ARN of the table of API keys
    #[arg(
        long,
        global = true,
        env = "API_KEYS_TABLE",
        default_value = "api-keys",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub table: String,
    /// Where DynamoDB is, if not in a region of AWS: http://127.0.0.1:8000 is `cargo local`
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Profile of the AWS configuration
    #[arg(long, global = true)]
    pub profile: Option<String>,
    /// Region of AWS
    #[arg(long, global = true)]
    pub region: Option<String>,
}

/// How to show a result.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    Table,
    /// For programs
    Json,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Makes a key, and shows it: once, now, and never again
    Create(Create),
    /// Lists the keys of an account
    List {
        /// The account
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        account: String,
    },
    /// Ends a key: it is refused within 30 seconds. Safe to repeat
    Revoke {
        /// The key's ID, as `list` shows it
        key_id: String,
    },
    /// Makes a key's successor, with as long a life anew, and lets the old key live on for a while
    Rotate {
        /// The key's ID, as `list` shows it
        key_id: String,
        /// How long both keys work, as 30s, 12h or 7d
        #[arg(long, value_parser = overlap, default_value = "7d")]
        overlap: Duration,
    },
}

/// What the new key is for.
#[derive(Args)]
pub struct Create {
    /// The account that the key belongs to
    #[arg(long)]
    pub account: String,
    /// The user that the key belongs to, who may read itself with it
    #[arg(long)]
    pub user: Option<String>,
    /// What the key may do, as users:read or users:read:all; may be given more than once
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
    pub scopes: Vec<String>,
    /// What to call it
    #[arg(long)]
    pub name: Option<String>,
    /// How long it works, as 30s, 12h or 90d; for ever, if not said
    #[arg(long, value_name = "DURATION", value_parser = lifetime)]
    pub expires_in: Option<Duration>,
    /// Until when it works, as 2030-01-31T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = future_time, conflicts_with = "expires_in")]
    pub expires_at: Option<SystemTime>,
    /// Make a crd_test_ key instead of a crd_live_ one
    #[arg(long)]
    pub test: bool,
}

impl Create {
    /// When the key expires, in seconds since 1970.
    pub fn expires_at(&self, now: SystemTime) -> Option<u64> {
        let time = self.expires_at.or_else(|| now.checked_add(self.expires_in?))?;
        Some(time.duration_since(UNIX_EPOCH).ok()?.as_secs())
    }
}

fn lifetime(text: &str) -> Result<Duration, String> {
    match overlap(text)? {
        duration if duration < Duration::from_secs(1) => Err("at least 1s".to_owned()),
        duration => Ok(duration),
    }
}

fn overlap(text: &str) -> Result<Duration, String> {
    // RFC 3339 ends with the year 9999.
    const LONGEST: Duration = Duration::from_secs(366_000 * 86_400);
    match humantime::parse_duration(text).map_err(|error| error.to_string())? {
        duration if duration > LONGEST => Err("at most 1000 years".to_owned()),
        duration => Ok(duration),
    }
}

fn future_time(text: &str) -> Result<SystemTime, String> {
    let time = humantime::parse_rfc3339(text)
        .map_err(|error| format!("{error}: UTC, as 2030-01-31T00:00:00Z"))?;
    if time > SystemTime::now() { Ok(time) } else { Err("this time is over".to_owned()) }
}

fn scope(text: &str) -> Result<String, String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    if !text.is_empty() && is_plain {
        Ok(text.to_owned())
    } else {
        Err("a scope has no spaces and no commas; give --scope once for each".to_owned())
    }
}
