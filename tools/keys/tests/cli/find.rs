//! `find`: the record of a key that somebody has.

use credira_users::api_key::{ApiKey, Kind};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::table::{Table, failure, filters, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_on_standard_input_leads_to_its_record() {
    let table = Table::start().await;
    let created = table.json("create --account acc_1 --scope users:read --name billing").await;
    let key = created["key"].as_str().unwrap();
    table.id("create --account acc_1").await;
    let list = table.json("list --account acc_1").await;
    let record = list.as_array().unwrap().iter().find(|key| key["name"] == "billing").unwrap();
    for input in [
        key.to_owned(),
        format!("{key}\n"),
        format!("\n  '{key}'\r\n"),
        format!("Authorization: Bearer {key}"),
        format!(r#"{{"key": "{key}", "again": "{key}"}}"#),
        key.replace("crd_live_", ""),
    ] {
        for arguments in [" --output json", " - --output json"] {
            let output = table.find(arguments, &input).await;
            assert!(output.status.success(), "{output:?}");
            assert_eq!(text(output.stderr), "");
            assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), *record);
        }
    }
    let _guard = filters();
    assert_snapshot!("find", text(table.find("", key).await.stdout));
    table.show(&format!("revoke {}", record["key_id"].as_str().unwrap())).await;
    let revoked = text(table.find("", key).await.stdout);
    assert!(revoked.contains("revoked"), "{revoked}");
    assert!(!revoked.contains("cargo keys revoke"), "{revoked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_without_a_record_says_what_to_do() {
    let table = Table::start().await;
    let key = |random: char| {
        let key = ApiKey::with_checksum(Kind::Live, &random.to_string().repeat(43)).unwrap();
        key.expose().to_owned()
    };
    let malformed = ApiKey::parse(&key('m')).unwrap().hash();
    let item = json!({ "key_hash": malformed, "scopes": 1 });
    table.put("key_malformed", item);
    let mut messages = String::new();
    for input in [
        String::new(),
        " \n".to_owned(),
        "key_1".to_owned(),
        format!("{}0", &key('a')[..57]),
        key('a')[..50].to_owned(),
        format!("{} {}", key('a'), key('b')),
        key('a'),
        key('m'),
    ] {
        messages += &failure(table.find("", &input).await);
    }
    assert!(!messages.contains("aaaaa") && !messages.contains("mmmmm"), "{messages}");
    assert_snapshot!("not_found", messages);
}
