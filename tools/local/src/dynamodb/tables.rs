//! The tables, in an embedded DynamoDB.

use std::{fs::File, io, path::Path, sync::Arc};

use anyhow::{Context, Result};
use dynoxide::{Database, DynoxideError};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{data_file, server};

/// The table of users.
pub const USERS: &str = "users";
/// The table of API keys.
pub const API_KEYS: &str = "api-keys";

/// The embedded DynamoDB with its two tables.
#[derive(Clone)]
pub struct Tables {
    database: Database,
    /// Locks the file.
    _lock: Option<Arc<File>>,
}

impl Tables {
    /// Opens the tables in `file`, or in memory. The flag says whether they are new.
    ///
    /// # Errors
    /// The file has other content, or another stack uses it.
    pub fn open(file: Option<&Path>) -> Result<(Self, bool)> {
        let tables = match file {
            None => Self { database: Database::memory()?, _lock: None },
            Some(path) => {
                let text = path.to_str().context("the path is not UTF-8")?;
                let lock = Some(Arc::new(data_file::claim(path)?));
                let database = Database::new(text);
                let database = database.with_context(|| format!("{text} cannot be opened"))?;
                Self { database, _lock: lock }
            }
        };
        let mut are_new = true;
        for description in [users(), api_keys()] {
            match tables.database.create_table(serde_json::from_value(description)?) {
                Ok(_) => {}
                Err(DynoxideError::ResourceInUseException(_)) => are_new = false,
                Err(error) => return Err(error.into()),
            }
        }
        Ok((tables, are_new))
    }

    /// A server of the tables over DynamoDB's protocol, which refuses web pages. It does not end.
    ///
    /// # Errors
    /// The operating system's error.
    pub async fn server(
        self,
        listener: TcpListener,
    ) -> io::Result<impl Future<Output = ()> + Send> {
        server::start(listener, self.database).await
    }

    /// Every item of a table, in DynamoDB's JSON.
    pub fn items(&self, table: &str) -> Result<Vec<Value>> {
        let request = serde_json::from_value(json!({ "TableName": table }))?;
        let response = serde_json::to_value(self.database.scan(request)?)?;
        Ok(response.get("Items").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// The item with this partition key, in DynamoDB's JSON.
    pub fn get(&self, table: &str, partition_key: &str, value: &str) -> Result<Option<Value>> {
        let key = json!({ partition_key: { "S": value } });
        let request = serde_json::from_value(json!({ "TableName": table, "Key": key }))?;
        Ok(self.database.get_item(request)?.item.map(serde_json::to_value).transpose()?)
    }

    /// Puts an item, given as plain JSON, into a table.
    pub fn put(&self, table: &str, item: &Value) -> Result<()> {
        let attributes = item.as_object().context("an item must be an object")?;
        let item: Value =
            attributes.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
        let request = json!({ "TableName": table, "Item": item });
        self.database.put_item(serde_json::from_value(request)?)?;
        Ok(())
    }
}

fn users() -> Value {
    json!({
        "TableName": USERS,
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "BillingMode": "PAY_PER_REQUEST",
    })
}

fn api_keys() -> Value {
    json!({
        "TableName": API_KEYS,
        "AttributeDefinitions": [
            { "AttributeName": "account_id", "AttributeType": "S" },
            { "AttributeName": "key_hash", "AttributeType": "S" },
        ],
        "KeySchema": [{ "AttributeName": "key_hash", "KeyType": "HASH" }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-account",
            "KeySchema": [{ "AttributeName": "account_id", "KeyType": "HASH" }],
            "Projection": { "ProjectionType": "ALL" },
        }],
        "BillingMode": "PAY_PER_REQUEST",
    })
}

/// The attribute value for a JSON value.
pub(crate) fn attribute(value: &Value) -> Value {
    match value {
        Value::Null => json!({ "NULL": true }),
        Value::Bool(truth) => json!({ "BOOL": truth }),
        Value::Number(number) => json!({ "N": number.to_string() }),
        Value::String(text) => json!({ "S": text }),
        Value::Array(list) => json!({ "L": list.iter().map(attribute).collect::<Vec<_>>() }),
        Value::Object(map) => {
            let map: Value =
                map.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
            json!({ "M": map })
        }
    }
}
