//! The table of API keys.

use crate::{
    api_key_record::{ApiKeyRecord, PARTITION_KEY},
    authorizer::error::Error,
    caller::Caller,
    dynamodb::{Client, Table},
};

/// The table of API keys.
pub struct ApiKeysTable(pub(crate) Table);

impl ApiKeysTable {
    /// `name` is the table's name or ARN.
    pub fn new(client: Client, name: String) -> Self {
        // Read consistently: a key works as soon as it is created.
        Self(Table::new(client, name, PARTITION_KEY, true))
    }

    /// Looks up a key's record by the key's hash; `None` if it was never issued or is deleted.
    ///
    /// # Errors
    /// The table could not be read, or the record does not identify a caller.
    pub(crate) async fn find(&self, key_hash: &str) -> Result<Option<ApiKeyRecord>, Error> {
        let record = self.0.get(key_hash).await?.map(ApiKeyRecord::parse).transpose()?;
        if let Some(record) = &record {
            // Otherwise `get-user` would refuse the context.
            Caller::parse(record.context())?;
        }
        Ok(record)
    }
}
