//! The demo data of `cargo local`, as tables.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

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
    attribute(item)["M"].to_string()
}

fn attribute(json: Value) -> Value {
    match json {
        Value::Null => json!({ "NULL": true }),
        Value::Bool(bool) => json!({ "BOOL": bool }),
        Value::Number(number) => json!({ "N": number.to_string() }),
        Value::String(text) => json!({ "S": text }),
        Value::Array(list) => json!({ "L": list.into_iter().map(attribute).collect::<Vec<_>>() }),
        Value::Object(map) => {
            let map = map.into_iter().map(|(name, value)| (name, attribute(value)));
            json!({ "M": map.collect::<BTreeMap<_, _>>() })
        }
    }
}
