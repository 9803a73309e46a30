//! The table of API keys.

use crate::{
    api_key_record::ApiKeyRecord,
    authorizer::error::Error,
    caller::Caller,
    dynamodb::{Client, Consistency, Table},
};

/// The table of API keys.
pub struct ApiKeysTable(pub(crate) Table);

impl ApiKeysTable {
    /// `name` is the table's name or ARN.
    pub fn new(client: Client, name: String) -> Self {
        // Read consistently: a key works as soon as it is created.
        Self(Table::new(client, name, "key_hash", Consistency::Strong))
    }

    /// Looks up a record by the key's hash; `None` if the key was never issued or is deleted. A
    /// record that does not identify a caller is an error.
    pub(crate) async fn find(&self, key_hash: &str) -> Result<Option<ApiKeyRecord>, Error> {
        let record = self.0.get(key_hash).await?.map(ApiKeyRecord::parse).transpose()?;
        if let Some(record) = &record {
            // Otherwise `get-user` would refuse the context.
            Caller::parse(record.context())?;
        }
        Ok(record)
    }
}
