//! Output for programs.

use credira_users::api_key_record::ApiKeyRecord;
use serde::Serialize;

use super::status;
use crate::{issue::Issued, keys::Revoked, text::escape_json};

/// The attributes of a record without the hash, and the key's status.
#[derive(Serialize)]
struct Record<'a> {
    key_id: &'a str,
    hint: &'a Option<String>,
    name: &'a Option<String>,
    account_id: &'a str,
    user_id: &'a Option<String>,
    scopes: &'a [String],
    status: &'static str,
    created_time: &'a Option<String>,
    expires_at: Option<u64>,
    revoked_time: &'a Option<String>,
    successor_id: &'a Option<String>,
}

/// A new key.
#[derive(Serialize)]
struct NewKey<'a> {
    key: &'a str,
    #[serde(flatten)]
    record: Record<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predecessor: Option<Record<'a>>,
}

pub(super) fn issued(issued: &Issued, old: Option<&ApiKeyRecord>) -> serde_json::Result<String> {
    let hint = &issued.key.hint();
    let json = to_json(&NewKey {
        key: hint,
        record: record(&issued.record),
        predecessor: old.map(record),
    })?;
    // Everything else is masked. `key` is the first field.
    Ok(json.replacen(hint, issued.key.expose(), 1))
}

pub(super) fn revoked(revoked: &Revoked) -> serde_json::Result<String> {
    let others = revoked.still_working.as_ref().ok();
    to_json(&serde_json::json!({
        "key_id": revoked.key_id,
        "revoked_time": revoked.revoked_time,
        "still_working": others.map(|others| others.iter().map(record).collect::<Vec<_>>()),
    }))
}

pub(super) fn found(found: &ApiKeyRecord) -> serde_json::Result<String> {
    to_json(&record(found))
}

pub(super) fn list(records: &[ApiKeyRecord]) -> serde_json::Result<String> {
    to_json(&records.iter().map(record).collect::<Vec<_>>())
}

fn to_json(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(|json| escape_json(&json))
}

fn record(record: &ApiKeyRecord) -> Record<'_> {
    Record {
        key_id: &record.key_id,
        hint: &record.hint,
        name: &record.name,
        account_id: &record.account_id,
        user_id: &record.user_id,
        scopes: &record.scopes,
        status: status(record),
        created_time: &record.created_time,
        expires_at: record.expires_at,
        revoked_time: &record.revoked_time,
        successor_id: &record.successor_id,
    }
}
