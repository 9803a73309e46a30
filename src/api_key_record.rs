//! The record of an API key: an item of the table of API keys.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::{
    caller::AuthorizerContext,
    dynamodb::{Item, SchemaError},
    id::{AccountId, KeyId},
    user_id::UserId,
};

const NOT_AN_ID: &str = "not 1 to 128 visible ASCII characters";

/// The record of an API key, without the key's hash. Its fields have the names of the attributes.
#[derive(Clone, Debug, Serialize)]
pub struct ApiKeyRecord {
    /// `key_` and random characters.
    pub key_id: KeyId,
    /// Prefix and last four characters of the key.
    pub hint: Option<String>,
    /// The name that the key's owner gave it.
    pub name: Option<String>,
    /// The account that the key belongs to.
    pub account_id: AccountId,
    /// The user that the key belongs to, if any.
    pub user_id: Option<UserId>,
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
        let [key_id, account_id] = [item.required("key_id")?, item.required("account_id")?];
        let user_id = item.optional("user_id")?.filter(|id| !id.is_empty());
        Ok(Self {
            key_id: KeyId::parse(key_id).map_err(|_| item.error("key_id", NOT_AN_ID))?,
            hint: item.optional("hint").unwrap_or_default(),
            name: item.optional("name").unwrap_or_default(),
            account_id: AccountId::parse(account_id)
                .map_err(|_| item.error("account_id", NOT_AN_ID))?,
            user_id: user_id
                .map(|id| UserId::parse(&id).map_err(|_| item.error("user_id", "not a user ID")))
                .transpose()?,
            scopes: item.scope_tokens("scopes")?,
            created_time: item.optional("created_time").unwrap_or_default(),
            expires_at: item.epoch_seconds("expires_at")?,
            revoked_time: item.optional("revoked_time")?,
            successor_id: item.optional("successor_id").unwrap_or_default(),
        })
    }

    /// What the authorizer says about the key's owner, and the request's ID if only it knows it.
    pub fn context(&self, request_id: Option<String>) -> AuthorizerContext {
        AuthorizerContext {
            key_id: self.key_id.as_str().to_owned(),
            account_id: self.account_id.as_str().to_owned(),
            user_id: self.user_id.as_ref().map(|id| id.as_str().to_owned()),
            scopes: Some(self.scopes.join(" ")),
            request_id,
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
    use std::{collections::HashMap, time::Duration};

    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;

    #[test]
    fn a_key_stops_working_in_the_second_of_its_expiry() {
        let id = AttributeValue::S("id".into());
        let mut item: HashMap<_, _> =
            ["key_id", "account_id"].map(|name| (name.into(), id.clone())).into();
        item.insert("expires_at".into(), AttributeValue::N("100".into()));
        let record = ApiKeyRecord::parse(item.into()).unwrap();
        let at = |milliseconds| record.check(UNIX_EPOCH + Duration::from_millis(milliseconds));
        assert_eq!(at(99_999), Ok(()));
        assert_eq!(at(100_000), Err(InactiveKey::Expired));
        let before_1970 = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(record.check(before_1970), Err(InactiveKey::Expired));
    }
}
