//! The table of API keys.

use aws_sdk_dynamodb::Client;

use crate::{
    api_key_record::ApiKeyRecord,
    authorizer::error::Error,
    caller::Caller,
    dynamodb::{Consistency, Item, Table, TableUse},
};

/// The table of API keys.
pub struct ApiKeysTable(Table);

impl ApiKeysTable {
    /// `name` is the table's name or ARN.
    pub fn new(client: Client, name: String) -> Self {
        // Read consistently: a key works as soon as it is created.
        Self(Table::new(client, name, "key_hash", Consistency::Strong))
    }

    /// Looks up a record by the key's hash; `None` if the key was never issued or is deleted. A
    /// record that does not identify a caller is an error.
    pub(crate) async fn find(
        &self,
        key_hash: &str,
        request_id: &str,
    ) -> (Result<Option<ApiKeyRecord>, Error>, TableUse) {
        let (item, table_use) = self.0.get(key_hash, request_id).await;
        let record = item.map_err(Error::from).and_then(|item| item.map(record).transpose());
        (record, table_use)
    }
}

fn record(item: Item) -> Result<ApiKeyRecord, Error> {
    let record = ApiKeyRecord::parse(item)?;
    // Otherwise `get-user` would refuse the context.
    Caller::parse(record.context())?;
    Ok(record)
}
