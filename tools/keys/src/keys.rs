//! Reads and changes the table of API keys.
//!
//! Each change is one atomic request, so a tool that is killed leaves the table consistent.

mod chain;
mod failure;
mod revocation;
mod rotation;

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemError, scan::builders::ScanFluentBuilder},
    types::AttributeValue,
};
use credira_users::{api_key::ApiKey, api_key_record::ApiKeyRecord};

use crate::{
    error::Error,
    issue::{Issued, Purpose, issue},
    item::attributes,
};
use failure::is;
pub use revocation::Revoked;

type Item = HashMap<String, AttributeValue>;

const INDEX: &str = "by-account";
/// DynamoDB rejects one of two simultaneous changes of a key, which is then retried.
const MAX_ATTEMPTS: u64 = 5;

/// The table of API keys.
pub struct Keys {
    client: Client,
    table: String,
}

/// The keys of an account.
pub struct Listing {
    /// The records, oldest first.
    pub records: Vec<ApiKeyRecord>,
    /// One error for each item that is not the record of a key.
    pub malformed: Vec<Error>,
}

impl Keys {
    /// `table` is the table's name or ARN.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Creates a key. Never overwrites an item.
    ///
    /// # Errors
    /// The key was not created, or there was no response, so it may or may not have been created.
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
            // An earlier attempt succeeded without a response, because no other key has this hash.
            Err(error) if is(&error, PutItemError::is_conditional_check_failed_exception) => {
                Ok(issued)
            }
            Err(error) => Err(self.not_created(error, issued.record.key_id)),
        }
    }

    /// Lists the keys of an account.
    ///
    /// # Errors
    /// The index could not be read to its end.
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
        let (mut records, mut malformed) = (Vec::new(), Vec::new());
        while let Some(item) = items.next().await {
            match record(item.map_err(|error| self.failed(error))?) {
                Ok(record) => records.push(record),
                Err(error) => malformed.push(error),
            }
        }
        oldest_first(&mut records);
        Ok(Listing { records, malformed })
    }

    /// The record of a key.
    ///
    /// # Errors
    /// The table does not have the key, or its record is malformed.
    pub async fn find(&self, key: &ApiKey) -> Result<ApiKeyRecord, Error> {
        self.get(&key.hash()).await?.ok_or_else(|| Error::UnknownKey(key.hint()))
    }

    /// The key's hash, which is the partition key, and its account.
    async fn locate(&self, key_id: &str) -> Result<(String, Option<String>), Error> {
        let scan = self.scan("key_id", key_id).projection_expression("key_hash, account_id");
        let item = scan.into_paginator().items().send().next().await;
        let item = item.transpose().map_err(|error| self.failed(error))?.unwrap_or_default();
        match string(&item, "key_hash") {
            Some(hash) => Ok((hash.to_owned(), string(&item, "account_id").map(str::to_owned))),
            None => Err(Error::NoSuchKey(key_id.to_owned())),
        }
    }

    /// Reads the whole table for the items with this attribute. The table has no index on the ID,
    /// and its index on the account is not read consistently.
    fn scan(&self, attribute: &str, value: &str) -> ScanFluentBuilder {
        self.client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .filter_expression(format!("{attribute} = :value"))
            .expression_attribute_values(":value", AttributeValue::S(value.to_owned()))
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
}

fn record(item: Item) -> Result<ApiKeyRecord, Error> {
    let key_id = string(&item, "key_id").unwrap_or("a key without an ID").to_owned();
    ApiKeyRecord::parse(item.into()).map_err(|source| Error::Record { key_id, source })
}

fn string<'a>(item: &'a Item, attribute: &str) -> Option<&'a str> {
    item.get(attribute)?.as_s().ok().map(String::as_str)
}

fn oldest_first(records: &mut [ApiKeyRecord]) {
    records.sort_by(|a, b| (&a.created_time, &a.key_id).cmp(&(&b.created_time, &b.key_id)));
}

/// Waits before a retry for a random time of at most 0.1 s, 0.2 s, …, so that two tools do not
/// conflict again.
async fn pause_before(attempt: u64) -> Result<(), Error> {
    if attempt > 0 {
        let mut random = [0];
        getrandom::getrandom(&mut random)?;
        let [random] = random;
        tokio::time::sleep(Duration::from_millis(attempt * 100 * u64::from(random) / 255)).await;
    }
    Ok(())
}
