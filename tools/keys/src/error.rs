//! Why something was not done.

use credira_users::{
    api_key::InvalidApiKey, api_key_record::InactiveKey, caller::InvalidCaller,
    dynamodb::SchemaError,
};

/// Why something was not done. The texts say what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The functions would refuse a key like this.
    #[error("such a key could not be used")]
    Purpose(#[from] InvalidCaller),
    /// The operating system gave no randomness.
    #[error("no randomness to make a key of")]
    Randomness(#[from] getrandom::Error),
    /// The new key does not have a key's form.
    #[error("the new key is malformed")]
    Malformed(#[from] InvalidApiKey),
    /// No such key.
    #[error(
        "there is no key {0} in this table: `cargo keys list --account …` shows those that there are"
    )]
    NoSuchKey(String),
    /// The key has a successor already.
    #[error(
        "{key_id} was rotated already: its successor is {successor_id}. If that key is lost, rotate {successor_id}"
    )]
    Rotated {
        /// The old key.
        key_id: String,
        /// The new key.
        successor_id: String,
    },
    /// The key was revoked or has expired.
    #[error("{key_id} no longer works ({cause}): create a new key with `cargo keys create`")]
    Inactive {
        /// The key.
        key_id: String,
        /// Why.
        cause: InactiveKey,
    },
    /// Somebody else changed the key, again and again.
    #[error("{0} is being changed by somebody else: try again")]
    Busy(String),
    /// No such table.
    #[error("there is no table {0} there: pass --table, --region or --profile, or deploy it first")]
    NoSuchTable(String),
    /// An item is no record of a key.
    #[error("the record of {key_id} is broken: mend it, or revoke the key")]
    Broken {
        /// The key, as far as the record says.
        key_id: String,
        /// What is wrong with it.
        source: SchemaError,
    },
    /// A key was asked for, and no answer came.
    #[error(
        "nobody knows whether {key_id} was made, for no answer came. If `list` shows it, revoke it: the key itself is lost"
    )]
    Unanswered {
        /// The key that may be there.
        key_id: String,
        /// What came instead of an answer.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No connection, or no answer.
    #[error("DynamoDB cannot be reached: check --endpoint-url, --region and the network")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// DynamoDB did not do it.
    #[error("DynamoDB did not do it")]
    Request(#[source] Box<dyn std::error::Error + Send + Sync>),
}
