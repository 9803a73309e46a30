//! The local stack's demo data, as the API must show it, and the credentials to ask for it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value, json};

const USERS: &str = include_str!("../../../local/demo/users.json");
const API_KEYS: &str = include_str!("../../../local/demo/api-keys.json");
/// It has the form of a key, and was never issued.
const UNKNOWN_KEY: &str = "crd_test_Unknown00000000000000000000000000000000000033Yct1";

/// A user of the demo data.
#[derive(Deserialize)]
pub(crate) struct User {
    id: String,
    pub(crate) account_id: String,
    /// All other attributes.
    #[serde(flatten)]
    attributes: Map<String, Value>,
}

/// What a client has for the `Authorization` header.
pub(crate) struct Credential {
    pub(crate) name: String,
    /// The header's values.
    pub(crate) headers: Vec<String>,
    /// The API key, if it works.
    pub(crate) caller: Option<ApiKey>,
    /// Whether the authorizer reads its table.
    pub(crate) is_looked_up: bool,
}

/// A key of the demo data.
#[derive(Deserialize)]
pub(crate) struct ApiKey {
    name: String,
    key: String,
    pub(crate) account_id: String,
    pub(crate) user_id: Option<String>,
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
    expires_at: Option<u64>,
    revoked_time: Option<String>,
}

/// The users by their IDs.
pub(crate) fn users() -> Result<BTreeMap<String, User>> {
    let users: Vec<User> = serde_json::from_str(USERS)?;
    Ok(users.into_iter().map(|user| (user.id.clone(), user)).collect())
}

/// The credentials that are accepted, and those that are denied.
pub(crate) fn credentials() -> Result<(Vec<Credential>, Vec<Credential>)> {
    let keys: Vec<ApiKey> = serde_json::from_str(API_KEYS)?;
    let good = &keys.first().context("no demo key")?.key;
    let others = [
        ("no key", vec![], false),
        ("a malformed key", vec!["Bearer crd_test_1".to_owned()], false),
        ("another scheme", vec![format!("Basic {good}")], false),
        ("two headers", vec![format!("Bearer {good}"); 2], false),
        ("an unknown key", vec![format!("Bearer {UNKNOWN_KEY}")], true),
    ];
    let others = others.map(|(name, headers, is_looked_up)| Credential {
        name: name.to_owned(),
        headers,
        caller: None,
        is_looked_up,
    });
    let keys = keys.into_iter().map(|key| Credential {
        name: key.name.clone(),
        headers: vec![format!("Bearer {}", key.key)],
        caller: (key.expires_at.is_none() && key.revoked_time.is_none()).then_some(key),
        is_looked_up: true,
    });
    Ok(keys.chain(others).partition(|credential| credential.caller.is_some()))
}

impl User {
    /// What the API shows of the user. `None` if the item is broken.
    pub(crate) fn data(&self) -> Option<Value> {
        self.attributes.get("email")?.as_str()?;
        let mut stats = json!({
            "total_calls_made": 0,
            "total_emails_sent": 0,
            "total_callouts_created": 0,
            "last_activity": null,
        });
        extend(&mut stats, self.attributes.get("activity_stats"));
        let mut data = json!({
            "id": self.id,
            "company": null,
            "role": null,
            "department": null,
            "phone": null,
            "account_id": self.account_id,
            "last_login": null,
            "permissions": [],
            "metadata": {},
        });
        extend(&mut data, Some(&self.attributes.clone().into()));
        extend(&mut data, Some(&json!({ "activity_stats": stats })));
        Some(data)
    }
}

/// Sets the members of one object in another.
fn extend(object: &mut Value, members: Option<&Value>) {
    if let (Some(object), Some(members)) =
        (object.as_object_mut(), members.and_then(Value::as_object))
    {
        object.extend(members.clone());
    }
}
