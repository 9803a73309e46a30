//! What the table of API keys holds of a key.

use std::{
    collections::HashMap,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    caller::AuthorizerContext,
    item::{Item, SchemaError},
};

/// An item of the table of API keys. It holds the key's hash, never the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// The partition key: [`ApiKey::hash`](crate::api_key::ApiKey::hash).
    pub key_hash: String,
    /// `key_` and a random part: names the key without giving it away.
    pub key_id: String,
    /// Prefix and last four characters of the key.
    pub hint: Option<String>,
    /// What the key's owner calls it.
    pub name: Option<String>,
    /// The account that the key belongs to.
    pub account_id: String,
    /// The user that the key belongs to, if it belongs to one.
    pub user_id: Option<String>,
    /// What the key may do.
    pub scopes: Vec<String>,
    /// When it was made, RFC 3339.
    pub created_time: Option<String>,
    /// Seconds since 1970; from then on the key is dead. Also the table's TTL attribute, but TTL
    /// deletes up to days late.
    pub expires_at: Option<u64>,
    /// When it was revoked, RFC 3339.
    pub revoked_time: Option<String>,
    /// The `key_id` of the key that took its place, if it was rotated.
    pub successor_id: Option<String>,
}

/// Why a key that was issued no longer works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Dead {
    /// Somebody revoked it.
    #[error("revoked key")]
    Revoked,
    /// Its time is over.
    #[error("expired key")]
    Expired,
}

impl ApiKeyRecord {
    /// Reads an item. Attributes that no decision depends on are passed over where they are not as
    /// they should be: they must not take a key down.
    pub fn parse(attributes: HashMap<String, AttributeValue>) -> Result<Self, SchemaError> {
        let mut item = Item::new(attributes);
        Ok(Self {
            key_hash: item.required("key_hash")?,
            key_id: item.required("key_id")?,
            hint: item.text("hint"),
            name: item.text("name"),
            account_id: item.required("account_id")?,
            user_id: item.optional("user_id")?,
            scopes: item.words("scopes")?,
            created_time: item.text("created_time"),
            expires_at: item.count("expires_at")?,
            revoked_time: item.optional("revoked_time")?,
            successor_id: item.text("successor_id"),
        })
    }

    /// The item that [`parse`](Self::parse) reads.
    pub fn attributes(&self) -> HashMap<String, AttributeValue> {
        let strings = [
            ("key_hash", Some(&self.key_hash)),
            ("key_id", Some(&self.key_id)),
            ("hint", self.hint.as_ref()),
            ("name", self.name.as_ref()),
            ("account_id", Some(&self.account_id)),
            ("user_id", self.user_id.as_ref()),
            ("created_time", self.created_time.as_ref()),
            ("revoked_time", self.revoked_time.as_ref()),
            ("successor_id", self.successor_id.as_ref()),
        ];
        let strings = strings
            .into_iter()
            .filter_map(|(name, value)| Some((name, AttributeValue::S(value?.clone()))));
        // A set cannot be empty.
        let scopes =
            (!self.scopes.is_empty()).then(|| ("scopes", AttributeValue::Ss(self.scopes.clone())));
        let expires_at =
            self.expires_at.map(|seconds| ("expires_at", AttributeValue::N(seconds.to_string())));
        strings
            .chain(scopes)
            .chain(expires_at)
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// What the authorizer says of the key's owner.
    pub fn context(&self) -> AuthorizerContext {
        AuthorizerContext {
            key_id: self.key_id.clone(),
            account_id: self.account_id.clone(),
            user_id: self.user_id.clone(),
            scopes: Some(self.scopes.join(" ")),
        }
    }

    /// Whether the key works at the time `now`.
    pub fn check(&self, now: SystemTime) -> Result<(), Dead> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if self.revoked_time.is_some() {
            Err(Dead::Revoked)
        } else if self.expires_at.is_some_and(|expires_at| expires_at <= now) {
            Err(Dead::Expired)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let least = ApiKeyRecord {
            key_hash: "hash".into(),
            key_id: "key_1".into(),
            account_id: "acc_1".into(),
            ..Default::default()
        };
        assert_eq!(least.attributes().len(), 3);
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
        assert_eq!(full.attributes().len(), 11);
        for record in [least, full] {
            assert_eq!(ApiKeyRecord::parse(record.attributes()), Ok(record));
        }
    }

    #[test]
    fn a_key_dies_in_the_second_that_it_expires_at() {
        let record = ApiKeyRecord { expires_at: Some(100), ..Default::default() };
        let at = |seconds| record.check(UNIX_EPOCH + Duration::from_millis(seconds));
        assert_eq!(at(99_999), Ok(()));
        assert_eq!(at(100_000), Err(Dead::Expired));
    }
}
