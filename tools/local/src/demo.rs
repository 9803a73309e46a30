//! Demo data: users and API keys to try the API with.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::tables::{API_KEYS, Tables, USERS};

/// A demo API key. They are fixed, so that the README can show them, and of no use elsewhere.
#[derive(Clone, Debug, Deserialize)]
pub struct DemoKey {
    /// What it is for.
    pub name: String,
    /// The key itself.
    pub key: String,
    /// The item's other attributes.
    #[serde(flatten)]
    attributes: serde_json::Map<String, Value>,
}

/// The demo keys, by `demo/api-keys.json`.
pub fn keys() -> Result<Vec<DemoKey>> {
    serde_json::from_str(include_str!("../demo/api-keys.json")).context("demo/api-keys.json")
}

/// Puts all demo data into the tables.
pub fn fill(tables: &Tables) -> Result<()> {
    let users: Vec<Value> =
        serde_json::from_str(include_str!("../demo/users.json")).context("demo/users.json")?;
    for user in &users {
        tables.put(USERS, user)?;
    }
    for DemoKey { name, key, mut attributes } in keys()? {
        attributes.insert("key_hash".to_owned(), json!(const_hex::encode(Sha256::digest(key))));
        attributes.insert("name".to_owned(), json!(name));
        tables.put(API_KEYS, &attributes.into())?;
    }
    Ok(())
}
