//! From an API key's item to its record, and back by the key tool. The input is the item, see
//! `attribute::item`.
#![no_main]

use credira_fuzz::attribute::{self, Attribute, Text};
use credira_users::api_key_record::ApiKeyRecord;
use libfuzzer_sys::{Corpus, fuzz_target};

#[path = "../../../tools/keys/src/item.rs"]
mod item;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some(item) = attribute::item(data, &["key_hash", "key_id", "account_id"]) else {
        return Corpus::Reject;
    };
    let record = ApiKeyRecord::parse(attribute::sdk(&item).into());
    assert_eq!(record.as_ref().ok(), expected(&item).as_ref());
    if let Ok(mut record) = record {
        let written = item::attributes(&record);
        // The key tool writes them as a set.
        record.scopes.sort();
        assert_eq!(ApiKeyRecord::parse(written.into()).as_ref(), Ok(&record));
    }
    Corpus::Keep
});

/// The record, `None` if an attribute that a decision depends on does not fit the schema.
fn expected(item: &attribute::Item) -> Option<ApiKeyRecord> {
    let value = |name: &str| item.get(&Text::from(name));
    let text = |value: &Attribute| match value {
        Attribute::S(Text(text)) => Some(text.clone()),
        _ => None,
    };
    let required = |name| text(value(name)?);
    let optional = |name| match value(name) {
        None | Some(Attribute::Null(_)) => Some(None),
        Some(value) => text(value).map(Some),
    };
    let scopes: Vec<String> = match value("scopes") {
        None | Some(Attribute::Null(_)) => vec![],
        Some(Attribute::L(list)) => list.iter().map(text).collect::<Option<_>>()?,
        Some(Attribute::Ss(set)) => {
            let mut set: Vec<_> = set.iter().map(|Text(text)| text.clone()).collect();
            set.sort();
            set
        }
        Some(_) => return None,
    };
    let expires_at = match value("expires_at") {
        None | Some(Attribute::Null(_)) => None,
        Some(Attribute::N(number)) => Some(number.count()?),
        Some(_) => return None,
    };
    Some(ApiKeyRecord {
        key_hash: required("key_hash")?,
        key_id: required("key_id")?,
        hint: required("hint"),
        name: required("name"),
        account_id: required("account_id")?,
        user_id: optional("user_id")?,
        scopes: Some(scopes).filter(|scopes| !scopes.concat().contains(' '))?,
        created_time: required("created_time"),
        expires_at,
        revoked_time: optional("revoked_time")?,
        successor_id: required("successor_id"),
    })
}
