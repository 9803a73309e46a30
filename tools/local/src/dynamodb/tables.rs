//! The tables, in an embedded DynamoDB.

use std::{fs::File, path::Path, sync::Arc};

use anyhow::{Context, Result};
use dynoxide::{Database, DynoxideError};
use serde_json::{Value, json};

use super::data_file;

/// The table of users.
pub const USERS: &str = "users";
/// The table of API keys.
pub const API_KEYS: &str = "api-keys";

/// The embedded DynamoDB with its two tables.
#[derive(Clone)]
pub struct Tables {
    pub(super) database: Database,
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
        for description in descriptions() {
            match tables.database.create_table(serde_json::from_value(description)?) {
                Ok(_) => {}
                Err(DynoxideError::ResourceInUseException(_)) => are_new = false,
                Err(error) => return Err(error.into()),
            }
        }
        Ok((tables, are_new))
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
        let item = attribute(item);
        let item = item.get("M").context("an item must be an object")?;
        let request = json!({ "TableName": table, "Item": item });
        self.database.put_item(serde_json::from_value(request)?)?;
        Ok(())
    }
}

/// As in `template.yaml`.
fn descriptions() -> [Value; 2] {
    let string = |name| json!({ "AttributeName": name, "AttributeType": "S" });
    let partition_key = |name| json!([{ "AttributeName": name, "KeyType": "HASH" }]);
    let users = json!({
        "TableName": USERS,
        "AttributeDefinitions": [string("id")],
        "KeySchema": partition_key("id"),
        "BillingMode": "PAY_PER_REQUEST",
    });
    let api_keys = json!({
        "TableName": API_KEYS,
        "AttributeDefinitions": [string("account_id"), string("key_hash")],
        "KeySchema": partition_key("key_hash"),
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-account",
            "KeySchema": partition_key("account_id"),
            "Projection": { "ProjectionType": "ALL" },
        }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    [users, api_keys]
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
            let map = map.iter().map(|(name, value)| (name.clone(), attribute(value)));
            json!({ "M": Value::from_iter(map) })
        }
    }
}
