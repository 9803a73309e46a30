//! Makes new keys.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};
use credira_users::{
    api_key::{ApiKey, Kind},
    api_key_record::ApiKeyRecord,
    caller::Caller,
    dynamodb::END_OF_9999,
};

use crate::{error::Error, random};

const KEY_ID_LENGTH: usize = 20;

/// What a new key is for.
#[derive(Clone, Debug)]
pub struct Purpose {
    /// Live or test.
    pub kind: Kind,
    /// The account that the key belongs to.
    pub account_id: String,
    /// The user that the key belongs to, if it belongs to one.
    pub user_id: Option<String>,
    /// What the key may do.
    pub scopes: Vec<String>,
    /// The key's name.
    pub name: Option<String>,
    /// When it expires, in seconds since 1970.
    pub expires_at: Option<u64>,
}

/// A new key. The key itself is stored nowhere else.
#[derive(Debug)]
pub struct Issued {
    /// The key, to be shown once.
    pub key: ApiKey,
    /// The key's record.
    pub record: ApiKeyRecord,
}

/// Makes a key that is not yet in the table.
pub(crate) fn issue(mut purpose: Purpose) -> Result<Issued, Error> {
    // DynamoDB rejects a set with duplicates.
    purpose.scopes.sort_unstable();
    purpose.scopes.dedup();
    let key = random::api_key(purpose.kind)?;
    let record = ApiKeyRecord {
        key_hash: key.hash(),
        key_id: format!("key_{}", random::base62(KEY_ID_LENGTH)?),
        hint: Some(key.hint()),
        name: purpose.name,
        account_id: purpose.account_id,
        user_id: purpose.user_id,
        scopes: purpose.scopes,
        created_time: Some(rfc3339(SystemTime::now())),
        expires_at: purpose.expires_at,
        revoked_time: None,
        successor_id: None,
    };
    // The functions check the same.
    Caller::parse(record.context())?;
    Ok(Issued { key, record })
}

/// The purpose of a key's successor: the same rights and the same lifetime, from `now` on.
pub(crate) fn successor_of(old: &ApiKeyRecord, now: SystemTime) -> Purpose {
    let now = seconds(now);
    let lifetime = old.expires_at.map(|end| {
        let created = old.created_time.as_deref().and_then(|time| {
            u64::try_from(DateTime::parse_from_rfc3339(time).ok()?.timestamp()).ok()
        });
        // Without a usable time of creation, the lifetime is the old key's remaining time.
        end.saturating_sub(created.filter(|created| *created < end).unwrap_or(now))
    });
    Purpose {
        kind: old.hint.as_deref().and_then(Kind::of).unwrap_or(Kind::Live),
        account_id: old.account_id.clone(),
        user_id: old.user_id.clone(),
        scopes: old.scopes.clone(),
        name: old.name.clone(),
        expires_at: lifetime.map(|lifetime| now.saturating_add(lifetime).min(END_OF_9999)),
    }
}

pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

pub(crate) fn rfc3339(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::Secs, true)
}
