//! What can be done with keys, in the table.
//!
//! Each change is one request that happens wholly or not at all, so that a tool that is killed
//! leaves nothing half done: no key works that is not in the table, and what is in the table is
//! in its index `by-account`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        put_item::PutItemError, transact_write_items::TransactWriteItemsError,
        update_item::UpdateItemError,
    },
    types::{AttributeValue, Put, ReturnValue, TransactWriteItem, Update},
};
use chrono::{DateTime, SecondsFormat, Utc};
use credira_users::{
    api_key::{ApiKey, Kind, random_base62},
    api_key_record::{ApiKeyRecord, Dead},
    caller::{Caller, InvalidCaller},
};

const KEY_ID_LENGTH: usize = 20;
const INDEX: &str = "by-account";
/// Two changes of one key at once make DynamoDB refuse one of them, which may try again.
const MAX_ATTEMPTS: usize = 5;

/// The table of API keys, for its operator.
pub struct Keys {
    client: Client,
    table: String,
}

/// A key that was just made. The key itself is nowhere else.
#[derive(Debug)]
pub struct Issued {
    /// To be shown once.
    pub key: ApiKey,
    /// What the table has of it.
    pub record: ApiKeyRecord,
}

/// What a new key is for.
#[derive(Clone, Debug)]
pub struct Purpose {
    /// Live or test.
    pub kind: Kind,
    /// The account that the key belongs to.
    pub account_id: String,
    /// The user that the key belongs to, if it belongs to one.
    pub user_id: Option<String>,
    /// What the key may do.
    pub scopes: Vec<String>,
    /// What to call it.
    pub name: Option<String>,
    /// When it expires, in seconds since 1970.
    pub expires_at: Option<u64>,
}

/// Why something was not done. The texts say what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The functions would refuse a key like this.
    #[error("such a key could not be used")]
    Purpose(#[from] InvalidCaller),
    /// The operating system gave no randomness.
    #[error("no randomness to make a key of")]
    Randomness(#[from] getrandom::Error),
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
    /// The key is dead.
    #[error("{key_id} does not work any more ({cause}): make a new one with `cargo keys create`")]
    Dead {
        /// The key.
        key_id: String,
        /// Why.
        cause: Dead,
    },
    /// Somebody else changed the key, again and again.
    #[error("{0} is being changed by somebody else: try again")]
    Busy(String),
    /// No such table.
    #[error("there is no table {0} there: pass --table, --region or --profile, or deploy it first")]
    NoSuchTable(String),
    /// An item is no record of a key.
    #[error("the table has an item that is no record of a key")]
    Schema(#[from] credira_users::item::SchemaError),
    /// No connection, or no answer.
    #[error("DynamoDB cannot be reached: check --endpoint-url, --region and the network")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// DynamoDB did not do it.
    #[error("DynamoDB did not do it")]
    Request(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Keys {
    /// `table` is the table's name or ARN.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Makes a key. Nothing is ever overwritten.
    pub async fn create(&self, purpose: Purpose) -> Result<Issued, Error> {
        let issued = issue(purpose)?;
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(issued.record.attributes()))
            .condition_expression("attribute_not_exists(key_hash)")
            .send()
            .await;
        match put {
            Ok(_) => Ok(issued),
            Err(error) if is(&error, PutItemError::is_conditional_check_failed_exception) => {
                // Our own first try, of which we did not hear: no other key has this hash.
                let found = self.get(&issued.record.key_hash).await?;
                if found.as_ref() == Some(&issued.record) {
                    Ok(issued)
                } else {
                    Err(Error::Busy(issued.record.key_id))
                }
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// The keys of an account, the oldest first.
    pub async fn list(&self, account_id: &str) -> Result<Vec<ApiKeyRecord>, Error> {
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX)
            .key_condition_expression("account_id = :account_id")
            .expression_attribute_values(":account_id", AttributeValue::S(account_id.to_owned()))
            .into_paginator()
            .items()
            .send();
        let mut records = Vec::new();
        while let Some(item) = items.next().await {
            records.push(ApiKeyRecord::parse(item.map_err(|error| self.failed(error))?)?);
        }
        records.sort_by(|a, b| (&a.created_time, &a.key_id).cmp(&(&b.created_time, &b.key_id)));
        Ok(records)
    }

    /// Ends a key. One that is revoked already stays as it is.
    pub async fn revoke(&self, key_id: &str) -> Result<ApiKeyRecord, Error> {
        let record = self.find(key_id).await?;
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("key_hash", AttributeValue::S(record.key_hash))
            .update_expression("SET revoked_time = if_not_exists(revoked_time, :now)")
            .condition_expression("attribute_exists(key_hash)")
            .expression_attribute_values(":now", AttributeValue::S(rfc3339(SystemTime::now())))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match update {
            Ok(output) => Ok(ApiKeyRecord::parse(output.attributes.unwrap_or_default())?),
            // Deleted meanwhile, by TTL for one.
            Err(error) if is(&error, UpdateItemError::is_conditional_check_failed_exception) => {
                Err(Error::NoSuchKey(key_id.to_owned()))
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Makes a key's successor, with the same rights and as long a life, and ends the old key
    /// after `overlap` at the latest. Gives the successor and the old key's record. However many
    /// try it at once, one of them succeeds.
    pub async fn rotate(
        &self,
        key_id: &str,
        overlap: Duration,
    ) -> Result<(Issued, ApiKeyRecord), Error> {
        let key_hash = self.find(key_id).await?.key_hash;
        for _ in 0..MAX_ATTEMPTS {
            let old =
                self.get(&key_hash).await?.ok_or_else(|| Error::NoSuchKey(key_id.to_owned()))?;
            let now = SystemTime::now();
            check_rotatable(&old, now)?;
            let issued = issue(successor_of(&old, now))?;
            let end = now.checked_add(overlap).map_or(u64::MAX, seconds);
            let end = old.expires_at.map_or(end, |expires_at| expires_at.min(end));
            match self.replace(&old, &issued.record, end).await {
                Ok(()) => {
                    let successor_id = Some(issued.record.key_id.clone());
                    return Ok((
                        issued,
                        ApiKeyRecord { expires_at: Some(end), successor_id, ..old },
                    ));
                }
                // The next round's look at the old key says why, or the way is free.
                Err(error)
                    if is(&error, TransactWriteItemsError::is_transaction_canceled_exception) => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Err(Error::Busy(key_id.to_owned()))
    }

    /// Both changes of a rotation, or none. `old` must still be as it was read.
    async fn replace(
        &self,
        old: &ApiKeyRecord,
        successor: &ApiKeyRecord,
        end: u64,
    ) -> Result<(), SdkError<TransactWriteItemsError>> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(successor.attributes()))
            .condition_expression("attribute_not_exists(key_hash)")
            .build()?;
        let update = Update::builder()
            .table_name(&self.table)
            .key("key_hash", AttributeValue::S(old.key_hash.clone()))
            .update_expression("SET successor_id = :successor_id, expires_at = :end")
            .condition_expression(
                "attribute_exists(key_hash) AND attribute_not_exists(successor_id) \
                 AND attribute_not_exists(revoked_time)",
            )
            .expression_attribute_values(
                ":successor_id",
                AttributeValue::S(successor.key_id.clone()),
            )
            .expression_attribute_values(":end", AttributeValue::N(end.to_string()))
            .build()?;
        self.client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(put).build())
            .transact_items(TransactWriteItem::builder().update(update).build())
            .send()
            .await?;
        Ok(())
    }

    /// Looks through the whole table: an operator has the ID, and the table's key is the hash.
    async fn find(&self, key_id: &str) -> Result<ApiKeyRecord, Error> {
        let mut items = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .filter_expression("key_id = :key_id")
            .expression_attribute_values(":key_id", AttributeValue::S(key_id.to_owned()))
            .into_paginator()
            .items()
            .send();
        match items.next().await {
            Some(item) => Ok(ApiKeyRecord::parse(item.map_err(|error| self.failed(error))?)?),
            None => Err(Error::NoSuchKey(key_id.to_owned())),
        }
    }

    async fn get(&self, key_hash: &str) -> Result<Option<ApiKeyRecord>, Error> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("key_hash", AttributeValue::S(key_hash.to_owned()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| self.failed(error))?;
        Ok(output.item.map(ApiKeyRecord::parse).transpose()?)
    }

    fn failed<E>(&self, error: SdkError<E>) -> Error
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        match (&error, error.code()) {
            (SdkError::DispatchFailure(_) | SdkError::TimeoutError(_), _) => {
                Error::Unreachable(error.into())
            }
            (_, Some("ResourceNotFoundException")) => Error::NoSuchTable(self.table.clone()),
            _ => Error::Request(error.into()),
        }
    }
}

fn issue(purpose: Purpose) -> Result<Issued, Error> {
    let key = ApiKey::generate(purpose.kind)?;
    let record = ApiKeyRecord {
        key_hash: key.hash(),
        key_id: format!("key_{}", *random_base62(KEY_ID_LENGTH)?),
        hint: Some(key.hint()),
        name: purpose.name,
        account_id: purpose.account_id,
        user_id: purpose.user_id,
        scopes: purpose.scopes,
        created_time: Some(rfc3339(SystemTime::now())),
        expires_at: purpose.expires_at,
        revoked_time: None,
        successor_id: None,
    };
    // As the functions will.
    Caller::parse(record.context())?;
    Ok(Issued { key, record })
}

fn check_rotatable(old: &ApiKeyRecord, now: SystemTime) -> Result<(), Error> {
    let key_id = old.key_id.clone();
    match (&old.successor_id, old.check(now)) {
        (Some(successor_id), _) => {
            Err(Error::Rotated { key_id, successor_id: successor_id.clone() })
        }
        (None, Err(cause)) => Err(Error::Dead { key_id, cause }),
        (None, Ok(())) => Ok(()),
    }
}

fn successor_of(old: &ApiKeyRecord, now: SystemTime) -> Purpose {
    let created =
        old.created_time.as_deref().and_then(|time| DateTime::parse_from_rfc3339(time).ok());
    let created = created.and_then(|time| u64::try_from(time.timestamp()).ok());
    let lifetime = old.expires_at.map(|end| end.saturating_sub(created.unwrap_or(seconds(now))));
    Purpose {
        kind: old.hint.as_deref().and_then(Kind::of).unwrap_or(Kind::Live),
        account_id: old.account_id.clone(),
        user_id: old.user_id.clone(),
        scopes: old.scopes.clone(),
        name: old.name.clone(),
        expires_at: lifetime.map(|lifetime| seconds(now).saturating_add(lifetime)),
    }
}

fn is<E>(error: &SdkError<E>, condition: impl Fn(&E) -> bool) -> bool {
    error.as_service_error().is_some_and(condition)
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn rfc3339(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::Secs, true)
}
