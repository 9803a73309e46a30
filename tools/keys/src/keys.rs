//! Reads and changes the table of API keys.
//!
//! Each change is one atomic request, so a tool that is killed leaves the table consistent.

mod failure;
mod revocation;
mod rotation;

use std::{collections::HashMap, time::Duration};

use anyhow::{Context, Result, bail};
use aws_sdk_dynamodb::{
    Client, operation::put_item::PutItemError::ConditionalCheckFailedException,
    types::AttributeValue,
};
use credira_users::{
    api_key::ApiKey,
    api_key_record::ApiKeyRecord,
    id::{AccountId, KeyId},
};
use rand::{TryRng, rngs::SysRng};

use crate::issue::{Issued, Purpose};
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

impl Keys {
    /// `table` is the table's name or ARN.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Creates a key. Never overwrites an item.
    ///
    /// # Errors
    /// The key was not created, or there was no response, so it may or may not have been created.
    pub async fn create(&self, purpose: Purpose) -> Result<Issued> {
        let issued = purpose.issue()?;
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(issued.item()?))
            .condition_expression("attribute_not_exists(key_hash)")
            .send()
            .await;
        match put {
            Ok(_) => Ok(issued),
            Err(error) => match error.as_service_error() {
                // An earlier attempt succeeded without a response: no other key has this hash.
                Some(ConditionalCheckFailedException(_)) => Ok(issued),
                _ => Err(self.not_created(error, &issued.record.key_id)),
            },
        }
    }

    /// The keys of an account, oldest first, and an error for each item that is not the record of
    /// a key.
    ///
    /// # Errors
    /// The index could not be read to its end.
    pub async fn list(
        &self,
        account_id: &AccountId,
    ) -> Result<(Vec<ApiKeyRecord>, Vec<anyhow::Error>)> {
        let items = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX)
            .key_condition_expression("account_id = :account_id")
            .expression_attribute_values(":account_id", string_value(account_id.as_str()))
            .into_paginator()
            .items()
            .send();
        let (mut records, mut malformed) = (Vec::new(), Vec::new());
        for item in items.try_collect().await.map_err(|error| self.failed(error))? {
            match record(item) {
                Ok(record) => records.push(record),
                Err(error) => malformed.push(error),
            }
        }
        oldest_first(&mut records);
        Ok((records, malformed))
    }

    /// The record of a key.
    ///
    /// # Errors
    /// The table does not have the key, or its record is malformed.
    pub async fn find(&self, key: &ApiKey) -> Result<ApiKeyRecord> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("key_hash", string_value(key.hash().as_str()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| self.failed(error))?;
        record(output.item.with_context(|| {
            format!(
                "the table does not have the key {}: check --table, --region and --profile. \
                 A key that expired is deleted after a while",
                key.hint()
            )
        })?)
    }

    /// Changes a key. If `change` returns `None`, because another request changed the key at the same
    /// time, the next attempt reads the key again, and finds the reason or succeeds.
    async fn change<T>(
        &self,
        key_id: &KeyId,
        change: impl AsyncFn(Item) -> Result<Option<T>>,
    ) -> Result<T> {
        for attempt in 0..MAX_ATTEMPTS {
            pause_before(attempt).await;
            if let Some(changed) = change(self.item(key_id).await?).await? {
                return Ok(changed);
            }
        }
        bail!("{} is being changed by another request: retry later", key_id.as_str())
    }

    /// The item of a key.
    async fn item(&self, key_id: &KeyId) -> Result<Item> {
        let key_id = key_id.as_str();
        self.items("key_id", key_id).await?.pop().with_context(|| {
            format!("the table has no key {key_id}: find its ID with `cargo keys list --account …`")
        })
    }

    /// Reads the whole table for the items with this attribute. The table has no index on the ID,
    /// and its index on the account is not read consistently.
    async fn items(&self, attribute: &str, value: &str) -> Result<Vec<Item>> {
        let scan = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .filter_expression(format!("{attribute} = :value"))
            .expression_attribute_values(":value", string_value(value));
        let items = scan.into_paginator().items().send();
        items.try_collect().await.map_err(|error| self.failed(error))
    }
}

fn record(item: Item) -> Result<ApiKeyRecord> {
    let key_id = string(&item, "key_id").unwrap_or("a key without an ID").to_owned();
    ApiKeyRecord::parse(item.into()).with_context(|| {
        format!("the record of {key_id} is malformed: correct it, or revoke the key")
    })
}

/// The partition key of an item.
fn partition_key(item: &Item) -> Option<Item> {
    let (name, value) = item.get_key_value("key_hash")?;
    Some(Item::from([(name.clone(), value.clone())]))
}

fn string<'a>(item: &'a Item, attribute: &str) -> Option<&'a str> {
    item.get(attribute)?.as_s().ok().map(String::as_str)
}

fn string_value(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn oldest_first(records: &mut [ApiKeyRecord]) {
    records.sort_by(|a, b| {
        (&a.created_time, a.key_id.as_str()).cmp(&(&b.created_time, b.key_id.as_str()))
    });
}

/// Waits before a retry for a random time of at most 0.1 s, 0.2 s, …, so that two tools do not
/// conflict again.
async fn pause_before(attempt: u64) {
    let milliseconds = SysRng.try_next_u64().unwrap_or_default() % (attempt * 100 + 1);
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}
