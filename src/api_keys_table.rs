//! The table of API keys.

use aws_sdk_dynamodb::{operation::get_item::GetItemInput, types::AttributeValue};

use crate::{
    api_key_record::ApiKeyRecord,
    caller::{Caller, InvalidCaller},
    dynamodb::{Client, TableError},
    item::SchemaError,
};

/// The table of API keys, by its partition key `key_hash`.
pub struct ApiKeysTable {
    client: Client,
    name: String,
}

/// Why no record, or no answer, came of a look-up.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The table gave no answer.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The table's item is no record of a key.
    #[error("the item breaks the schema")]
    Schema(#[from] SchemaError),
    /// The record's owner would be refused by the other function.
    #[error("the item is no caller's")]
    Caller(#[from] InvalidCaller),
}

impl ApiKeysTable {
    /// `name` is the table's name or ARN.
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Looks up a key by its hash; `None` where it was never issued or is deleted.
    pub async fn find(&self, key_hash: &str) -> Result<Option<ApiKeyRecord>, FindError> {
        let input = GetItemInput::builder()
            .table_name(&self.name)
            .key("key_hash", AttributeValue::S(key_hash.to_owned()))
            // A key works as soon as it is created, and no longer once it is revoked.
            .consistent_read(true);
        let output = self.client.get_item(input).await?;
        let record = output.item.map(ApiKeyRecord::parse).transpose()?;
        if let Some(record) = &record {
            Caller::parse(record.context())?;
        }
        Ok(record)
    }
}
