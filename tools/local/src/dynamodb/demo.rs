//! Demo data: users and API keys to try the API with.

use anyhow::{Context, Result};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::tables::{API_KEYS, Tables, USERS, attribute};

const USERS_JSON: &str = include_str!("../../demo/users.json");
const API_KEYS_JSON: &str = include_str!("../../demo/api-keys.json");

/// The requests to try: what it shows, with the response's status; name of the key; user ID.
const EXAMPLES: [(&str, &str, &str); 2] = [
    ("200: a user of the key's account", "reads its account", "user_123456789"),
    ("401: an expired key", "is expired", "user_123456789"),
];

/// A demo API key. The keys are fixed, so that the README can show them; no other table has them.
#[derive(Clone, Debug, Deserialize)]
pub struct DemoKey {
    /// What it does.
    pub name: String,
    /// The key itself.
    pub key: String,
    /// The item's other attributes.
    #[serde(flatten)]
    attributes: Map<String, Value>,
}

impl DemoKey {
    /// The partition key of its item.
    fn hash(&self) -> String {
        const_hex::encode(Sha256::digest(&self.key))
    }

    /// Its item, if that is in the table.
    fn item(&self, tables: &Tables) -> Result<Option<Value>> {
        tables.get(API_KEYS, "key_hash", &self.hash())
    }
}

/// The demo keys of `demo/api-keys.json`.
pub fn keys() -> Result<Vec<DemoKey>> {
    parse(API_KEYS_JSON, "api-keys.json")
}

/// The demo keys that are in their table.
pub fn keys_in(tables: &Tables) -> Result<Vec<DemoKey>> {
    let mut found = Vec::new();
    for key in keys()? {
        if key.item(tables)?.is_some() {
            found.push(key);
        }
    }
    Ok(found)
}

/// What each example shows, its key and its user's ID. They get their status: the user and the key are
/// in their tables, and the key was neither revoked nor rotated since.
pub fn examples(tables: &Tables) -> Result<Vec<(&'static str, String, &'static str)>> {
    let keys = keys()?;
    let mut examples = Vec::new();
    for (what, name, user_id) in EXAMPLES {
        if let Some(key) = keys.iter().find(|key| key.name == name)
            && let Some(item) = key.item(tables)?
            && ["revoked_time", "expires_at"]
                .iter()
                .all(|name| item.get(name) == key.attributes.get(*name).map(attribute).as_ref())
            && tables.get(USERS, "id", user_id)?.is_some()
        {
            examples.push((what, key.key.clone(), user_id));
        }
    }
    Ok(examples)
}

/// Puts all demo data into the tables.
pub fn fill(tables: &Tables) -> Result<()> {
    fill_from(tables, USERS_JSON, API_KEYS_JSON)
}

/// The same with other texts of `demo/users.json` and `demo/api-keys.json`. Items that are not in
/// the texts stay in the tables.
pub fn fill_from(tables: &Tables, users_json: &str, api_keys_json: &str) -> Result<()> {
    let (users, keys): (Vec<Value>, Vec<DemoKey>) =
        (parse(users_json, "users.json")?, parse(api_keys_json, "api-keys.json")?);
    for user in &users {
        tables.put(USERS, user)?;
    }
    for key in keys {
        let mut item = key.attributes.clone();
        item.insert("key_hash".to_owned(), key.hash().into());
        item.insert("name".to_owned(), key.name.into());
        tables.put(API_KEYS, &item.into())?;
    }
    Ok(())
}

fn parse<T: DeserializeOwned>(json: &str, file: &str) -> Result<T> {
    serde_json::from_str(json).with_context(|| format!("tools/local/demo/{file}"))
}
