//! The demo data of `cargo local`, as tables: each item as DynamoDB's JSON, by its partition key.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_dynamo::{Item, to_item};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The table of users.
pub static USERS: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| table("id", items(include_str!("../../tools/local/demo/users.json"))));

/// The table of API keys.
pub static API_KEYS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let mut keys = items(include_str!("../../tools/local/demo/api-keys.json"));
    for key in &mut keys {
        key["key_hash"] = const_hex::encode(Sha256::digest(text(&key["key"].take()))).into();
    }
    table("key_hash", keys)
});

fn items(json: &str) -> Vec<Value> {
    serde_json::from_str(json).expect("the demo data is JSON")
}

fn table(partition_key: &str, items: Vec<Value>) -> BTreeMap<String, String> {
    let dynamodb = |item: &Value| to_item::<_, Item>(item).expect("a demo item is an object");
    // `Value` sorts the attributes, so that the seeds are the same each time.
    items.iter().map(|it| (text(&it[partition_key]), json!(dynamodb(it)).to_string())).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a partition key is a string").to_owned()
}
