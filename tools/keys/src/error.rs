//! Errors of the key tool. Each text is a sentence that says what to do.

use credira_users::{
    api_key::InvalidApiKey, api_key_record::InactiveKey, caller::InvalidCaller,
    dynamodb::SchemaError,
};

/// Why a command cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The functions would reject the new key.
    #[error("the API would reject this key")]
    Purpose(#[from] InvalidCaller),
    /// The operating system returned no random bytes.
    #[error("the operating system returned no random bytes")]
    Randomness(#[from] getrandom::Error),
    /// The new key does not have the format of a key.
    #[error("the new key is malformed")]
    Malformed(#[from] InvalidApiKey),
    /// The table has no key with this ID.
    #[error("the table has no key {0}: find its ID with `cargo keys list --account …`")]
    NoSuchKey(String),
    /// The table does not have this key.
    #[error(
        "the table does not have the key {0}: check --table, --region and --profile. \
         A key that expired is deleted after a while"
    )]
    UnknownKey(String),
    /// The key was already rotated, and the last key of the chain works.
    #[error(
        "{key_id} was already rotated: its latest successor is {successor_id}. \
         If that key is lost, rotate {successor_id}"
    )]
    Rotated {
        /// The ID of the old key.
        key_id: String,
        /// The ID of the last key of the chain.
        successor_id: String,
    },
    /// The key was already rotated, and the last key of the chain does not work.
    #[error(
        "{key_id} was already rotated, and its latest successor {successor_id} does not work \
         ({cause}): create a new key with `cargo keys create`"
    )]
    SuccessorInactive {
        /// The ID of the old key.
        key_id: String,
        /// The ID of the last key of the chain.
        successor_id: String,
        /// Why that key does not work.
        cause: String,
    },
    /// The key was revoked or has expired.
    #[error("{key_id} no longer works ({cause}): create a new key with `cargo keys create`")]
    Inactive {
        /// The key's ID.
        key_id: String,
        /// Why it does not work.
        cause: InactiveKey,
    },
    /// Each attempt conflicted with another change.
    #[error("{0} is being changed by another request: retry later")]
    Busy(String),
    /// The account has no table with this name in this region.
    #[error(
        "the table {0} does not exist: pass --table, --region or --profile, or deploy the table first"
    )]
    NoSuchTable(String),
    /// The name is not the name of a table, or the table has another partition key or index.
    #[error("{table} is not a table of API keys ({message}): pass --table")]
    NotApiKeysTable {
        /// The name.
        table: String,
        /// DynamoDB's message.
        message: String,
    },
    /// An item is not the record of a key.
    #[error("the record of {key_id} is malformed: correct it, or revoke the key")]
    Record {
        /// The key's ID, if the item has one.
        key_id: String,
        /// What is wrong with the item.
        source: SchemaError,
    },
    /// The request to create a key may or may not have reached the table.
    #[error(
        "no response: {key_id} may or may not have been created. \
         If `cargo keys list` shows it, revoke it, because the key itself is lost ({cause})"
    )]
    NoResponse {
        /// The ID of the key that may exist.
        key_id: String,
        /// What happened instead of a response.
        cause: String,
    },
    /// No connection, or no response.
    #[error("cannot reach DynamoDB ({0}): check --endpoint-url, --region and the network")]
    Unreachable(String),
    /// The response is not DynamoDB's.
    #[error(
        "the endpoint is not DynamoDB (status {0}): \
         pass DynamoDB's address as --endpoint-url, such as http://127.0.0.1:8000"
    )]
    NotDynamoDb(u16),
    /// The credentials are invalid, or the IAM policy does not allow the request.
    #[error(
        "DynamoDB denies access ({0}): check --profile, --region, the credentials and the IAM policy"
    )]
    Denied(String),
    /// Any other error of the request.
    #[error("the request to DynamoDB failed ({0}): retry later")]
    Request(String),
}
