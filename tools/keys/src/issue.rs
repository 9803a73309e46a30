//! Makes new keys.

use std::collections::HashMap;

use anyhow::Result;
use aws_sdk_dynamodb::{
    primitives::{DateTime, DateTimeFormat::DateTimeWithOffset},
    types::AttributeValue,
};
use clap::{
    ArgAction, Args,
    builder::{BoolValueParser, TypedValueParser},
};
use credira_users::{
    api_key::{ApiKey, Kind},
    api_key_record::ApiKeyRecord,
    dynamodb::END_OF_9999,
    id::{AccountId, KeyId},
    user_id::UserId,
};
use rand::{TryRng, rngs::SysRng};
use serde_json::Value;

use crate::values::{future_time, now, rfc3339, scope};

/// What a new key is for.
#[derive(Args)]
pub struct Purpose {
    /// Account that the key belongs to
    #[arg(long = "account", value_name = "ACCOUNT", value_parser = |text: &str| AccountId::parse(text))]
    pub account_id: AccountId,
    /// User that the key belongs to, who can read their own data with it
    #[arg(long = "user", value_name = "USER", value_parser = UserId::parse)]
    pub user_id: Option<UserId>,
    /// What the key may do: users:read or users:read:all. Can be repeated
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
    pub scopes: Vec<String>,
    /// Name of the key
    #[arg(long)]
    pub name: Option<String>,
    /// Time of expiry, such as 2030-01-31T00:00:00Z
    // In seconds since 1970. In the help, `--expires-in` comes before it.
    #[arg(long, display_order = 5, value_name = "TIME", value_parser = future_time)]
    pub expires_at: Option<u64>,
    /// Create a crd_test_ key instead of a crd_live_ key
    #[arg(long = "test", action = ArgAction::SetTrue, value_parser = BoolValueParser::new().map(kind))]
    pub kind: Kind,
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
        // 80 bits.
        let (id, end) = (SysRng.try_next_u64()?, SysRng.try_next_u32()? >> 16);
        let record = ApiKeyRecord {
            key_id: KeyId::parse(format!("key_{id:016x}{end:04x}"))?,
            hint: Some(key.hint()),
            name: self.name,
            account_id: self.account_id,
            user_id: self.user_id,
            scopes: self.scopes,
            created_time: Some(rfc3339(now())),
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

fn kind(is_test: bool) -> Kind {
    if is_test { Kind::Test } else { Kind::Live }
}

/// A key of the operating system's randomness.
fn random_key(kind: Kind) -> Result<ApiKey> {
    let mut numbers = [0; 43];
    for number in &mut numbers {
        // Six random bits. Two of their 64 values are drawn again, so that the others are equally likely.
        *number = loop {
            match SysRng.try_next_u32()? >> 26 {
                62.. => {}
                digit => break u8::try_from(digit)?,
            }
        };
    }
    Ok(ApiKey::with_checksum(kind, numbers))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn keys_are_well_formed_and_distinct_and_have_every_digit_at_every_position() {
        const KEYS: usize = 10_000;
        let keys: HashSet<_> =
            (0..KEYS).map(|_| random_key(Kind::Test).unwrap().expose().to_owned()).collect();
        assert_eq!(keys.len(), KEYS);
        assert!(keys.iter().all(|key| ApiKey::parse(key).is_ok()));
        for position in "crd_test_".len()..52 {
            let digits: HashSet<_> = keys.iter().map(|key| key.as_bytes()[position]).collect();
            assert_eq!(digits.len(), 62, "position {position}");
        }
    }
}
