//! What `find` reads from standard input.

use std::fs::File;

use credira_users::api_key::{ApiKey, Kind};
use serde_json::json;

use crate::{
    snapshot::{assert_snapshot, shown},
    table::{Table, command, file},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_on_standard_input_leads_to_its_record_and_other_input_to_advice() {
    let table = Table::start().await;
    let put = |number, key_id, mut attributes: serde_json::Value| {
        let key = ApiKey::with_checksum(Kind::Live, [number; 43]);
        attributes["key_hash"] = json!(key.hash().as_str());
        table.put(key_id, attributes);
        key.expose().to_owned()
    };
    let key = put(36, "key_1", json!({ "name": "n", "scopes": ["users:read"] }));
    let other = put(37, "key_2", json!({ "revoked_time": "2024-01-01T00:00:00Z" }));
    let malformed = put(48, "key_malformed", json!({ "scopes": 1 }));
    let unknown = ApiKey::with_checksum(Kind::Live, [49; 43]).expose().to_owned();
    let mut all = String::new();
    for (title, input) in [
        ("find < key", key.clone()),
        ("find - < in quotes", format!("\n  '{key}'\r\n")),
        ("find --output json < header", format!("Authorization: Bearer {key}")),
        ("find < twice", format!(r#"{{"key": "{key}", "again": "{key}"}}"#)),
        ("find < without prefix", key.replace("crd_live_", "")),
        ("find < revoked", other.clone()),
        ("find < nothing", String::new()),
        ("find < spaces", " \n".to_owned()),
        ("find < key ID", "key_1".to_owned()),
        ("find < mistyped", format!("{}0", &key[..57])),
        ("find < cut short", key[..50].to_owned()),
        ("find < two keys", format!("{key} {other}")),
        ("find < unknown", unknown),
        ("find < malformed record", malformed),
    ] {
        let mut find = command(&table.url, title.split(" <").next().unwrap());
        all += &shown(title, find.stdin(File::open(file(&input)).unwrap())).await;
    }
    assert_snapshot("find", &all);
}
