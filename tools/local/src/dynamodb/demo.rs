//! Demo data: users and API keys to try the API with.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::tables::{API_KEYS, Tables, USERS, attribute};

const USERS_JSON: &str = include_str!("../../demo/users.json");
const API_KEYS_JSON: &str = include_str!("../../demo/api-keys.json");

/// A demo API key. The keys are fixed, so that the README can show them; no other table has them.
#[derive(Clone, Debug, Deserialize)]
pub struct DemoKey {
    /// What it does.
    pub name: String,
    /// The key itself.
    pub key: String,
    /// The item's other attributes.
    #[serde(flatten)]
    attributes: serde_json::Map<String, Value>,
}

/// The demo keys of `demo/api-keys.json`.
pub fn keys() -> Result<Vec<DemoKey>> {
    serde_json::from_str(API_KEYS_JSON).context("tools/local/demo/api-keys.json")
}

/// The demo keys that are in their table.
pub fn keys_in(tables: &Tables) -> Result<Vec<DemoKey>> {
    let mut found = Vec::new();
    for key in keys()? {
        if tables.get(API_KEYS, "key_hash", &hash(&key.key))?.is_some() {
            found.push(key);
        }
    }
    Ok(found)
}

/// A request to try, and what it shows.
pub struct Example {
    /// What the request is for, with the response's status.
    pub what: &'static str,
    /// The key.
    pub key: String,
    /// The user.
    pub user_id: &'static str,
}

/// What it shows, name of the key, user ID.
const EXAMPLES: [(&str, &str, &str); 2] = [
    ("200: a user of the key's account", "reads its account", "user_123456789"),
    ("401: an expired key", "is expired", "user_123456789"),
];

/// The examples that get their status: the user and the key are in their tables, and the key was
/// neither revoked nor rotated since.
pub fn examples(tables: &Tables) -> Result<Vec<Example>> {
    let keys = keys_in(tables)?;
    let mut examples = Vec::new();
    for (what, name, user_id) in EXAMPLES {
        if let Some(key) = keys.iter().find(|key| key.name == name)
            && tables.get(USERS, "id", user_id)?.is_some()
            && has_demo_state(tables, key)?
        {
            examples.push(Example { what, key: key.key.clone(), user_id });
        }
    }
    Ok(examples)
}

fn has_demo_state(tables: &Tables, key: &DemoKey) -> Result<bool> {
    let item = tables.get(API_KEYS, "key_hash", &hash(&key.key))?.unwrap_or_default();
    Ok(["revoked_time", "expires_at"]
        .iter()
        .all(|name| item.get(name) == key.attributes.get(*name).map(attribute).as_ref()))
}

/// Puts all demo data into the tables.
pub fn fill(tables: &Tables) -> Result<()> {
    fill_from(tables, USERS_JSON, API_KEYS_JSON)
}

/// The same with other texts of `demo/users.json` and `demo/api-keys.json`. Items that are not in
/// the texts stay in the tables.
pub fn fill_from(tables: &Tables, users_json: &str, api_keys_json: &str) -> Result<()> {
    let users: Vec<Value> =
        serde_json::from_str(users_json).context("tools/local/demo/users.json")?;
    let keys: Vec<DemoKey> =
        serde_json::from_str(api_keys_json).context("tools/local/demo/api-keys.json")?;
    for user in &users {
        tables.put(USERS, user)?;
    }
    for DemoKey { name, key, mut attributes } in keys {
        attributes.insert("key_hash".to_owned(), json!(hash(&key)));
        attributes.insert("name".to_owned(), json!(name));
        tables.put(API_KEYS, &attributes.into())?;
    }
    Ok(())
}

/// The partition key of a key's item.
fn hash(key: &str) -> String {
    const_hex::encode(Sha256::digest(key))
}
