//! The demo data of `cargo local`, as tables.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::{Value, json, value::RawValue};
use sha2::{Digest, Sha256};

use crate::attribute::{self, Attribute};

/// The users.
pub static USERS: LazyLock<Vec<Value>> =
    LazyLock::new(|| items(include_str!("../../tools/local/demo/users.json")));

/// The items of the API keys by the key itself, and one without an account.
pub static API_KEYS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let mut keys = items(include_str!("../../tools/local/demo/api-keys.json"));
    let broken = "crd_test_Broken00000000000000000000000000000000000003hP6v9";
    keys.push(json!({ "key": broken, "key_id": "key_broken" }));
    let with_hash = |mut item: Value| {
        let Value::String(key) = item["key"].take() else { panic!("a key is a string") };
        item["key_hash"] = const_hex::encode(Sha256::digest(&key)).into();
        (key, item)
    };
    keys.into_iter().map(with_hash).collect()
});

fn items(json: &str) -> Vec<Value> {
    serde_json::from_str(json).expect("the demo data is JSON")
}

/// The item of a user, as DynamoDB's JSON.
pub fn user(id: &str) -> Option<String> {
    USERS.iter().find(|item| item["id"] == id).map(dynamodb_json)
}

/// The item of an API key, as DynamoDB's JSON.
pub fn api_key(hash: &str) -> Option<String> {
    API_KEYS.values().find(|item| item["key_hash"] == hash).map(dynamodb_json)
}

fn dynamodb_json(item: &Value) -> String {
    let json = RawValue::from_string(item.to_string()).expect("the item is JSON");
    let Some(Attribute::M(item)) = attribute::from_json(&json) else { panic!("no object") };
    serde_json::to_string(&item).expect("the item is JSON")
}
