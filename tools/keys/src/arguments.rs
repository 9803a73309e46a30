//! The command line.

use std::{env, ffi::OsString, time::Duration};

use clap::{
    Args, CommandFactory, Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser,
    error::ErrorKind,
};
use credira_users::{
    dynamodb::EndpointUrl,
    id::{AccountId, KeyId},
};

use crate::{
    issue::Purpose,
    text::has_key,
    values::{duration, lifetime},
};

/// The scopes that this API knows.
const KNOWN_SCOPES: [&str; 2] = ["users:read", "users:read:all"];

/// Create, list, find, revoke and rotate API keys
#[derive(Parser)]
#[command(bin_name = "cargo keys", version)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Output format
    #[arg(long, global = true, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// Parses the command line. Ends the process if it is wrong, and, so that no message shows a
    /// key, if it or a variable that the tool reads has one.
    pub(crate) fn read() -> Self {
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
        if let Command::Create { purpose, allow_unknown_scope: false, .. } = &arguments.command {
            let is_unknown = |scope: &&String| !KNOWN_SCOPES.contains(&scope.as_str());
            if let Some(scope) = purpose.scopes.iter().find(is_unknown) {
                let distance = |known: &&str| strsim::levenshtein(known, scope);
                let nearest = KNOWN_SCOPES.into_iter().min_by_key(distance).unwrap_or_default();
                refuse(&format!(
                    "this API does not know the scope `{scope}`: did you mean `{nearest}`? To \
                     create the key anyway, pass --allow-unknown-scope"
                ));
            }
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
pub(crate) struct Connection {
    /// Name or ARN of the table of API keys
    #[arg(
        long,
        global = true,
        env = "API_KEYS_TABLE",
        hide_env_values = true,
        default_value = "api-keys",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(crate) table: String,
    /// URL of DynamoDB, such as http://127.0.0.1:8000 for `cargo local` [default: the region's]
    #[arg(long, global = true, value_name = "URL", value_parser = EndpointUrl::parse)]
    pub(crate) endpoint_url: Option<EndpointUrl>,
    /// Profile in the AWS configuration
    #[arg(long, global = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) profile: Option<String>,
    /// AWS region
    #[arg(long, global = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) region: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Text for people
    Table,
    /// JSON for programs
    Json,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Create a key, and show it once
    Create {
        #[command(flatten)]
        purpose: Purpose,
        /// Allow scopes that this API does not know
        // In the help, before `--name`.
        #[arg(long, display_order = 3)]
        allow_unknown_scope: bool,
        /// Lifetime, such as 30s, 12h or 90d [default: the key does not expire]
        #[arg(
            long,
            display_order = 4,
            value_name = "DURATION",
            value_parser = lifetime,
            conflicts_with = "expires_at"
        )]
        expires_in: Option<Duration>,
    },
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
