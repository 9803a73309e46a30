//! What can be done with keys, in the table.
//!
//! Each change is one request that happens wholly or not at all, so that a tool that is killed
//! leaves nothing half done: no key works that is not in the table, and what is in the table is
//! in its index `by-account`.

mod rotation;

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use credira_users::api_key_record::ApiKeyRecord;

use crate::{
    error::Error,
    issue::{Issued, Purpose, issue, rfc3339},
    item::attributes,
};

const INDEX: &str = "by-account";
/// Two changes of one key at once make DynamoDB refuse one of them, which may try again.
const MAX_ATTEMPTS: u64 = 5;

/// The table of API keys, for its operator.
pub struct Keys {
    client: Client,
    table: String,
}

/// The keys of an account.
pub struct Listing {
    /// The oldest first.
    pub records: Vec<ApiKeyRecord>,
    /// One error for each item that is no record.
    pub broken: Vec<Error>,
}

/// A key that is revoked.
#[derive(Debug)]
pub struct Revoked {
    /// The key.
    pub key_id: String,
    /// Since when, RFC 3339.
    pub revoked_time: String,
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
            .set_item(Some(attributes(&issued.record)))
            .condition_expression("attribute_not_exists(key_hash)")
            .send()
            .await;
        match put {
            Ok(_) => Ok(issued),
            // Our own first try, of which we did not hear: no other key has this hash.
            Err(error) if is(&error, PutItemError::is_conditional_check_failed_exception) => {
                Ok(issued)
            }
            Err(error) => Err(self.not_issued(error, issued.record.key_id)),
        }
    }

    /// The keys of an account.
    pub async fn list(&self, account_id: &str) -> Result<Listing, Error> {
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
        let (mut records, mut broken) = (Vec::new(), Vec::new());
        while let Some(item) = items.next().await {
            match record(item.map_err(|error| self.failed(error))?) {
                Ok(record) => records.push(record),
                Err(error) => broken.push(error),
            }
        }
        records.sort_by(|a, b| (&a.created_time, &a.key_id).cmp(&(&b.created_time, &b.key_id)));
        Ok(Listing { records, broken })
    }

    /// Ends a key, even one whose record is broken. One that is revoked already stays as it is.
    pub async fn revoke(&self, key_id: &str) -> Result<Revoked, Error> {
        let key_hash = self.find(key_id).await?;
        let revoked = |revoked_time| Revoked { key_id: key_id.to_owned(), revoked_time };
        for attempt in 0..MAX_ATTEMPTS {
            pause_before(attempt).await?;
            let now = rfc3339(SystemTime::now());
            let update = self
                .client
                .update_item()
                .table_name(&self.table)
                .key("key_hash", AttributeValue::S(key_hash.clone()))
                .update_expression("SET revoked_time = :now")
                .condition_expression(
                    "attribute_exists(key_hash) AND NOT attribute_type(revoked_time, :string)",
                )
                .expression_attribute_values(":now", AttributeValue::S(now.clone()))
                .expression_attribute_values(":string", AttributeValue::S("S".to_owned()))
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .send()
                .await;
            let error = match update {
                Ok(_) => return Ok(revoked(now)),
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                    let since = failure.item().and_then(|item| item.get("revoked_time"));
                    return match since.and_then(|time| time.as_s().ok()) {
                        Some(time) => Ok(revoked(time.clone())),
                        // Deleted meanwhile, by TTL for one.
                        None => Err(Error::NoSuchKey(key_id.to_owned())),
                    };
                }
                Some(UpdateItemError::TransactionConflictException(_)) => {}
                _ => return Err(self.failed(error)),
            }
        }
        Err(Error::Busy(key_id.to_owned()))
    }

    /// The key's hash. Looks through the whole table: an operator has the ID, and the table's key
    /// is the hash.
    async fn find(&self, key_id: &str) -> Result<String, Error> {
        let mut items = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .filter_expression("key_id = :key_id")
            .projection_expression("key_hash")
            .expression_attribute_values(":key_id", AttributeValue::S(key_id.to_owned()))
            .into_paginator()
            .items()
            .send();
        let item = items.next().await.transpose().map_err(|error| self.failed(error))?;
        match item.as_ref().and_then(|item| item.get("key_hash")?.as_s().ok()) {
            Some(key_hash) => Ok(key_hash.clone()),
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
        output.item.map(record).transpose()
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

    /// As [`failed`](Self::failed), where a key may have been made all the same.
    fn not_issued<E>(&self, error: SdkError<E>, key_id: String) -> Error
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let was_refused = match &error {
            SdkError::ServiceError(context) => context.raw().status().is_client_error(),
            SdkError::ConstructionFailure(_) => true,
            _ => false,
        };
        if was_refused {
            self.failed(error)
        } else {
            Error::Unanswered { key_id, source: error.into() }
        }
    }
}

fn record(item: HashMap<String, AttributeValue>) -> Result<ApiKeyRecord, Error> {
    let key_id = item.get("key_id").and_then(|id| id.as_s().ok()).cloned();
    ApiKeyRecord::parse(item.into()).map_err(|source| Error::Broken {
        key_id: key_id.unwrap_or_else(|| "a key without an ID".to_owned()),
        source,
    })
}

/// Before another attempt, so long that two tools do not meet again: up to 0.1 s, 0.2 s, ….
async fn pause_before(attempt: u64) -> Result<(), Error> {
    if attempt > 0 {
        let mut random = [0];
        getrandom::getrandom(&mut random)?;
        let [random] = random;
        tokio::time::sleep(Duration::from_millis(attempt * 100 * u64::from(random) / 255)).await;
    }
    Ok(())
}

fn is<E>(error: &SdkError<E>, condition: impl Fn(&E) -> bool) -> bool {
    error.as_service_error().is_some_and(condition)
}
