//! The table of API keys.

use aws_sdk_dynamodb::{Client, types::AttributeValue};

use crate::{
    api_key::ApiKey,
    dynamodb::TableError,
    item::{Item, SchemaError},
};

/// The table of API keys, by its partition key `key_hash`. It holds no key.
pub struct ApiKeysTable {
    client: Client,
    name: String,
}

/// What the table holds of a key.
pub struct ApiKeyRecord {
    /// `key_` and a random part: names the key without giving it away.
    pub key_id: String,
    /// The account that the key belongs to.
    pub account_id: String,
    /// The user that the key belongs to, if it belongs to one.
    pub user_id: Option<String>,
    /// What the key may do.
    pub scopes: Vec<String>,
    /// Seconds since 1970; from then on the key is dead, although TTL deletes it later.
    pub expires_at: Option<u64>,
    /// Whether somebody revoked it.
    pub is_revoked: bool,
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
}

impl ApiKeysTable {
    /// `name` is the table's name or ARN.
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Looks up the key by its hash; `None` where it was never issued or is deleted.
    pub async fn find(&self, key: &ApiKey) -> Result<Option<ApiKeyRecord>, FindError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.name)
            .key("key_hash", AttributeValue::S(key.hash()))
            // A key works as soon as it is created, and no longer once it is revoked.
            .consistent_read(true)
            .send()
            .await
            .map_err(TableError::from)?;
        Ok(output.item.map(|attributes| record(Item::new(attributes))).transpose()?)
    }
}

fn record(mut item: Item) -> Result<ApiKeyRecord, SchemaError> {
    Ok(ApiKeyRecord {
        key_id: item.required("key_id")?,
        account_id: item.required("account_id")?,
        user_id: item.optional("user_id")?,
        scopes: item.strings("scopes")?,
        expires_at: item.count("expires_at")?,
        is_revoked: item.optional("revoked_time")?.is_some(),
    })
}
