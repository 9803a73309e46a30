//! Makes new keys.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Result;
use aws_sdk_dynamodb::{
    primitives::{DateTime, DateTimeFormat::DateTimeWithOffset},
    types::AttributeValue,
};
use credira_users::{
    api_key::{ApiKey, Kind},
    api_key_record::ApiKeyRecord,
    caller::{AccountId, KeyId},
    dynamodb::END_OF_9999,
    user_id::UserId,
};

/// What a new key is for.
#[derive(Clone, Debug)]
pub struct Purpose {
    /// Live or test.
    pub kind: Kind,
    /// The account that the key belongs to.
    pub account_id: AccountId,
    /// The user that the key belongs to, if it belongs to one.
    pub user_id: Option<UserId>,
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

impl Purpose {
    /// Makes a key that is not yet in the table.
    pub(crate) fn issue(mut self) -> Result<Issued> {
        // DynamoDB rejects a set with duplicates.
        self.scopes.sort_unstable();
        self.scopes.dedup();
        let key = random_key(self.kind)?;
        let id = random::<10>()?.map(|byte| format!("{byte:02x}")).concat();
        let record = ApiKeyRecord {
            key_id: KeyId::parse(format!("key_{id}"))?,
            hint: Some(key.hint()),
            name: self.name,
            account_id: self.account_id,
            user_id: self.user_id,
            scopes: self.scopes,
            created_time: Some(rfc3339(seconds(SystemTime::now()))),
            expires_at: self.expires_at,
            revoked_time: None,
            successor_id: None,
        };
        Ok(Issued { key, record })
    }

    /// The purpose of a key's successor: the same rights and the same lifetime, from `now` on.
    pub(crate) fn of_successor(old: &ApiKeyRecord, now: u64) -> Self {
        let lifetime = old.expires_at.map(|end| {
            let created = old.created_time.as_deref().and_then(|time| {
                u64::try_from(DateTime::from_str(time, DateTimeWithOffset).ok()?.secs()).ok()
            });
            // Without a usable time of creation, the lifetime is the old key's remaining time.
            end.saturating_sub(created.unwrap_or(now).min(now))
        });
        Self {
            kind: old.hint.as_deref().and_then(Kind::of).unwrap_or(Kind::Live),
            account_id: old.account_id.clone(),
            user_id: old.user_id.clone(),
            scopes: old.scopes.clone(),
            name: old.name.clone(),
            expires_at: lifetime.map(|lifetime| now.saturating_add(lifetime).min(END_OF_9999)),
        }
    }
}

impl Issued {
    /// The item that [`ApiKeyRecord::parse`] reads: the attributes that have a value.
    pub(crate) fn item(&self) -> Result<HashMap<String, AttributeValue>> {
        use serde_json::Value;
        let Value::Object(fields) = serde_json::to_value(&self.record)? else {
            return Ok(HashMap::new());
        };
        let hash = AttributeValue::S(self.key.hash().as_str().to_owned());
        let attributes = fields.into_iter().filter_map(|(name, value)| {
            let value = match value {
                Value::String(text) => AttributeValue::S(text),
                Value::Number(number) => AttributeValue::N(number.to_string()),
                // DynamoDB has no empty sets.
                Value::Array(_) if !self.record.scopes.is_empty() => {
                    AttributeValue::Ss(self.record.scopes.clone())
                }
                _ => return None,
            };
            Some((name, value))
        });
        Ok(attributes.chain([("key_hash".to_owned(), hash)]).collect())
    }
}

/// A time in seconds since 1970.
pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// A time up to the year 9999 as text.
pub(crate) fn rfc3339(seconds: u64) -> String {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}

/// Bytes from the operating system's randomness.
pub(crate) fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], getrandom::Error> {
    let mut bytes = [0; LENGTH];
    getrandom::getrandom(&mut bytes)?;
    Ok(bytes)
}

fn random_key(kind: Kind) -> Result<ApiKey, getrandom::Error> {
    let mut numbers = [0; _];
    for number in &mut numbers {
        // 248 is the largest multiple of 62 in a byte. Larger bytes would make some digits more
        // likely than others.
        *number = loop {
            let [byte] = random()?;
            if byte < 248 {
                break byte;
            }
        };
    }
    Ok(ApiKey::with_checksum(kind, numbers))
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    /// Pearson's chi-squared test at every position. A fair generator fails once in a billion runs.
    #[test]
    fn keys_are_uniform_distinct_and_well_formed() {
        const KEYS: usize = 100_000;
        const LARGEST_CHI_SQUARED: f64 = 165.0; // 61 degrees of freedom, 43 positions
        let mut counts = vec![HashMap::new(); 43];
        let mut seen = HashSet::new();
        for _ in 0..KEYS {
            let key = random_key(Kind::Live).unwrap();
            let text = key.expose();
            assert!(ApiKey::parse(text).is_ok(), "{text}");
            for (count, digit) in counts.iter_mut().zip(text["crd_live_".len()..].chars()) {
                *count.entry(digit).or_insert(0.0) += 1.0;
            }
            assert!(seen.insert(text.to_owned()), "{text} occurred twice");
        }
        let expected = KEYS as f64 / 62.0;
        for (position, count) in counts.iter().enumerate() {
            assert_eq!(count.len(), 62);
            let deviation = |count: &f64| (count - expected).powi(2);
            let chi_squared = count.values().map(deviation).sum::<f64>() / expected;
            assert!(chi_squared < LARGEST_CHI_SQUARED, "position {position}: {chi_squared}");
        }
    }
}
