//! The demo data of `cargo local`, as tables.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::item::Attribute;

/// The items of the users by ID, as DynamoDB's JSON.
pub static USERS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let users = items(include_str!("../../tools/local/demo/users.json"));
    users.into_iter().map(|user| (text(&user["id"]), dynamodb_json(user))).collect()
});

/// The items of the API keys by the key's hash, as DynamoDB's JSON.
pub static API_KEYS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let keys = items(include_str!("../../tools/local/demo/api-keys.json"));
    let with_hash = |mut item: Value| {
        let hash = const_hex::encode(Sha256::digest(text(&item["key"].take())));
        item["key_hash"] = hash.clone().into();
        (hash, dynamodb_json(item))
    };
    keys.into_iter().map(with_hash).collect()
});

fn items(json: &str) -> Vec<Value> {
    serde_json::from_str(json).expect("the demo data is JSON")
}

fn text(value: &Value) -> String {
    value.as_str().expect("an ID and a key are strings").to_owned()
}

fn dynamodb_json(item: Value) -> String {
    let Attribute::M(item) = item.into() else { panic!("an item is an object") };
    serde_json::to_string(&item).expect("an item is JSON")
}
