//! A table whose items are read by their partition key.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use aws_runtime::retries::classifiers::{THROTTLING_ERRORS, TRANSIENT_ERRORS};
use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::get_item::{GetItemError, GetItemOutput},
    types::AttributeValue,
};

use crate::dynamodb::{attempts::Attempts, item::Item};

/// A table and how to read it.
pub struct Table {
    client: Client,
    name: String,
    key: &'static str,
    consistency: Consistency,
}

/// Which writes a read sees (DynamoDB's guide, "Read consistency").
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// Perhaps not the last ones.
    Eventual,
    /// All writes before it, for twice the price.
    Strong,
}

/// What one read of a table took.
#[derive(Clone, Copy)]
pub struct TableUse {
    pub(crate) attempts: u32,
    /// All attempts and the delays between them.
    pub(crate) duration: Duration,
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
        Self { client, name, key, consistency }
    }

    /// Reads the item whose partition key is `value`, with retries; `None` if it does not exist. An
    /// attempt that fails is logged with the ID of the request.
    pub(crate) async fn get(
        &self,
        value: &str,
        request_id: &str,
    ) -> (Result<Option<Item>, TableError>, TableUse) {
        let started = Instant::now();
        let attempts = Attempts::new(request_id);
        let output = self
            .client
            .get_item()
            .table_name(&self.name)
            .key(self.key, AttributeValue::S(value.to_owned()))
            .consistent_read(self.consistency == Consistency::Strong)
            .customize()
            .interceptor(attempts.clone())
            .send()
            .await;
        let table_use = TableUse { attempts: attempts.count(), duration: started.elapsed() };
        (output.map_err(TableError::from).and_then(|output| self.item(output, value)), table_use)
    }

    /// The item of a response, if it is the one whose partition key is `value`.
    fn item(&self, output: GetItemOutput, value: &str) -> Result<Option<Item>, TableError> {
        match output.item.map(Item::from) {
            Some(item) if !item.has(self.key, value) => Err(TableError::OtherItem(self.key)),
            item => Ok(item),
        }
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
