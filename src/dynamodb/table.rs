//! A table whose items are read by their partition key.

use std::{cell::Cell, error::Error, time::Instant};

use aws_runtime::retries::classifiers::{THROTTLING_ERRORS, TRANSIENT_ERRORS};
use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::get_item::GetItemError,
    types::AttributeValue,
};

use crate::{
    dynamodb::{client::Client, item::Item},
    log::TableUse,
};

/// A table and how to read it.
pub struct Table {
    client: Client,
    name: String,
    key: &'static str,
    consistency: Consistency,
    /// For the log.
    pub(crate) last_use: Cell<Option<TableUse>>,
}

/// Which writes a read sees (DynamoDB's guide, "Read consistency").
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// Perhaps not the last ones.
    Eventual,
    /// All writes before it, for twice the price.
    Strong,
}

/// The table returned no usable response.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A later request may succeed: DynamoDB cannot be reached, is too slow, throttles or fails.
    #[error("the table could not be read in time")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The SDK cannot parse the item: for example, an attribute has two types. DynamoDB stores no such
    /// item, so a later request may succeed.
    #[error("the table's response could not be parsed")]
    Unparsable(#[source] Box<dyn Error + Send + Sync>),
    /// Retries do not help: for example, the table does not exist or the role has no permission.
    #[error("DynamoDB refused the request")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// The item is not the one that was requested.
    #[error("the item's `{0}` is not the requested one")]
    OtherItem(&'static str),
}

impl Table {
    /// A table with this name or ARN and this partition key, a String.
    pub fn new(client: Client, name: String, key: &'static str, consistency: Consistency) -> Self {
        Self { client, name, key, consistency, last_use: Cell::default() }
    }

    /// Reads the item whose partition key is `value`, with retries; `None` if it does not exist.
    pub async fn get(&self, value: &str) -> Result<Option<Item>, TableError> {
        let started = Instant::now();
        let output = self
            .client
            .sdk
            .get_item()
            .table_name(&self.name)
            .key(self.key, AttributeValue::S(value.to_owned()))
            .consistent_read(self.consistency == Consistency::Strong)
            .send()
            .await;
        let attempts = self.client.attempts.take();
        self.last_use.set(Some(TableUse { attempts, duration: started.elapsed() }));
        let item = output?.item.map(Item::from);
        if item.as_ref().is_some_and(|item| !item.has(self.key, value)) {
            return Err(TableError::OtherItem(self.key));
        }
        Ok(item)
    }
}

impl From<SdkError<GetItemError>> for TableError {
    fn from(error: SdkError<GetItemError>) -> Self {
        let is_listed = |codes: &[&str]| error.code().is_some_and(|it| codes.contains(&it));
        let may_pass = is_listed(THROTTLING_ERRORS) || is_listed(TRANSIENT_ERRORS);
        let status = error.raw_response().map(|response| response.status().as_u16());
        let variant = match status {
            Some(200..=299) => Self::Unparsable,
            Some(400..=499) if !may_pass => Self::Refused,
            // Also without a response, and for one that is not DynamoDB's.
            _ => Self::Unavailable,
        };
        variant(match status {
            Some(status) => StatusError { status, source: error }.into(),
            None => error.into(),
        })
    }
}

/// The response has an error, which does not show its status by itself.
#[derive(Debug, thiserror::Error)]
#[error("status {status}")]
struct StatusError {
    status: u16,
    source: SdkError<GetItemError>,
}
