//! The record of an API key: an item of the table of API keys.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{
    caller::AuthorizerContext,
    dynamodb::{Item, SchemaError},
};

/// The record of an API key. It has the key's hash, never the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// The partition key: [`ApiKey::hash`](crate::api_key::ApiKey::hash).
    pub key_hash: String,
    /// `key_` and random characters: identifies the key without revealing it.
    pub key_id: String,
    /// Prefix and last four characters of the key.
    pub hint: Option<String>,
    /// The name that the key's owner gave it.
    pub name: Option<String>,
    /// The account that the key belongs to.
    pub account_id: String,
    /// The user that the key belongs to, if any.
    pub user_id: Option<String>,
    /// What the key may do.
    pub scopes: Vec<String>,
    /// When the key was created, RFC 3339.
    pub created_time: Option<String>,
    /// When the key expires, in seconds since 1970. It is also the table's TTL attribute, but TTL
    /// deletes an item up to a few days late.
    pub expires_at: Option<u64>,
    /// When the key was revoked, RFC 3339.
    pub revoked_time: Option<String>,
    /// The `key_id` of the key that replaces this one, if it was rotated.
    pub successor_id: Option<String>,
}

/// Why an issued key no longer works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InactiveKey {
    /// It was revoked.
    #[error("revoked")]
    Revoked,
    /// It has expired.
    #[error("expired")]
    Expired,
}

impl ApiKeyRecord {
    /// Reads an item. A malformed attribute is an error, or is ignored if no decision depends on
    /// it, so that it cannot disable a key.
    pub fn parse(mut item: Item) -> Result<Self, SchemaError> {
        Ok(Self {
            key_hash: item.required("key_hash")?,
            key_id: item.required("key_id")?,
            hint: item.optional("hint").unwrap_or_default(),
            name: item.optional("name").unwrap_or_default(),
            account_id: item.required("account_id")?,
            user_id: item.optional("user_id")?,
            scopes: item.scope_tokens("scopes")?,
            created_time: item.optional("created_time").unwrap_or_default(),
            expires_at: item.epoch_seconds("expires_at")?,
            revoked_time: item.optional("revoked_time")?,
            successor_id: item.optional("successor_id").unwrap_or_default(),
        })
    }

    /// What the authorizer says about the key's owner.
    pub fn context(&self) -> AuthorizerContext {
        AuthorizerContext {
            key_id: self.key_id.clone(),
            account_id: self.account_id.clone(),
            user_id: self.user_id.clone(),
            scopes: Some(self.scopes.join(" ")),
        }
    }

    /// Returns an error if the key was revoked, or has expired at the time `now`.
    pub fn check(&self, now: SystemTime) -> Result<(), InactiveKey> {
        // A clock that is set before 1970 cannot be right, so no key with an end works then.
        let now = now.duration_since(UNIX_EPOCH).map_or(u64::MAX, |now| now.as_secs());
        match self.expires_at {
            _ if self.revoked_time.is_some() => Err(InactiveKey::Revoked),
            Some(end) if end <= now => Err(InactiveKey::Expired),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_key_stops_working_in_the_second_of_its_expiry() {
        let record = ApiKeyRecord { expires_at: Some(100), ..Default::default() };
        let at = |milliseconds| record.check(UNIX_EPOCH + Duration::from_millis(milliseconds));
        assert_eq!(at(99_999), Ok(()));
        assert_eq!(at(100_000), Err(InactiveKey::Expired));
        let before_1970 = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(record.check(before_1970), Err(InactiveKey::Expired));
    }
}
