//! Writes a key's record as the item that [`ApiKeyRecord::parse`] reads.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use credira_users::api_key_record::ApiKeyRecord;

/// Returns the attributes that have a value.
pub(crate) fn attributes(record: &ApiKeyRecord) -> HashMap<String, AttributeValue> {
    let strings = [
        ("key_hash", Some(&record.key_hash)),
        ("key_id", Some(&record.key_id)),
        ("hint", record.hint.as_ref()),
        ("name", record.name.as_ref()),
        ("account_id", Some(&record.account_id)),
        ("user_id", record.user_id.as_ref()),
        ("created_time", record.created_time.as_ref()),
        ("revoked_time", record.revoked_time.as_ref()),
        ("successor_id", record.successor_id.as_ref()),
    ];
    let strings = strings
        .into_iter()
        .filter_map(|(name, value)| Some((name, AttributeValue::S(value?.clone()))));
    // DynamoDB has no empty sets.
    let scopes =
        (!record.scopes.is_empty()).then(|| ("scopes", AttributeValue::Ss(record.scopes.clone())));
    let expires_at =
        record.expires_at.map(|seconds| ("expires_at", AttributeValue::N(seconds.to_string())));
    strings.chain(scopes).chain(expires_at).map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let least = ApiKeyRecord {
            key_hash: "hash".into(),
            key_id: "key_1".into(),
            account_id: "acc_1".into(),
            ..Default::default()
        };
        assert_eq!(attributes(&least).len(), 3);
        let full = ApiKeyRecord {
            hint: Some("hint".into()),
            name: Some("name".into()),
            user_id: Some("user_1".into()),
            scopes: vec!["a".into(), "b".into()],
            created_time: Some("then".into()),
            expires_at: Some(1),
            revoked_time: Some("now".into()),
            successor_id: Some("key_2".into()),
            ..least.clone()
        };
        assert_eq!(attributes(&full).len(), 11);
        for record in [least, full] {
            assert_eq!(ApiKeyRecord::parse(attributes(&record).into()), Ok(record));
        }
    }
}
