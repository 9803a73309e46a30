//! What the tool shows.

use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat};
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use credira_users::api_key_record::{ApiKeyRecord, InactiveKey};
use serde::Serialize;

use crate::{arguments::Output, issue::Issued, keys::Revoked};

/// A record as JSON: the attributes of the item, without its key, and with the status.
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

/// A new key as JSON.
#[derive(Serialize)]
struct NewKey<'a> {
    key: &'a str,
    #[serde(flatten)]
    record: Record<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predecessor: Option<Record<'a>>,
}

/// A new key, with the record of the key that it takes the place of, if there is one.
pub fn issued(
    output: Output,
    issued: &Issued,
    old: Option<&ApiKeyRecord>,
) -> serde_json::Result<String> {
    let key = issued.key.expose();
    match output {
        Output::Json => serde_json::to_string_pretty(&NewKey {
            key,
            record: record(&issued.record),
            predecessor: old.map(record),
        }),
        Output::Table => {
            let mut text = table([&issued.record].into_iter().chain(old));
            if let Some(old) = old {
                let end = old.expires_at.map_or_else(String::new, time);
                text += &format!(
                    "\n\n{} works until {end}, and at most 30 seconds longer.",
                    old.key_id
                );
            }
            text += &format!("\n\nThe key. It is shown this once, and kept nowhere:\n\n{key}");
            Ok(text)
        }
    }
}

/// A key that is revoked.
pub fn revoked(output: Output, revoked: &Revoked) -> serde_json::Result<String> {
    let Revoked { key_id, revoked_time } = revoked;
    match output {
        Output::Json => serde_json::to_string_pretty(&serde_json::json!({
            "key_id": key_id,
            "revoked_time": revoked_time,
        })),
        Output::Table => Ok(format!(
            "{key_id} is revoked since {revoked_time}: it is refused everywhere within 30 seconds."
        )),
    }
}

/// The keys of an account.
pub fn list(
    output: Output,
    account_id: &str,
    records: &[ApiKeyRecord],
) -> serde_json::Result<String> {
    match output {
        Output::Json => {
            serde_json::to_string_pretty(&records.iter().map(record).collect::<Vec<_>>())
        }
        Output::Table if records.is_empty() => Ok(format!("{account_id} has no keys.")),
        Output::Table => Ok(table(records)),
    }
}

fn table<'a>(records: impl IntoIterator<Item = &'a ApiKeyRecord>) -> String {
    let mut table = Table::new();
    // Not wrapped to the terminal's width: an ID is there to be copied.
    table.load_preset(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["key ID", "hint", "name", "user", "scopes", "status", "created", "expires"]);
    for record in records {
        let or_dash = |text: &Option<String>| {
            // Somebody's text: it must not steer the terminal.
            let text = text.as_deref().unwrap_or("-");
            text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect::<String>()
        };
        table.add_row([
            record.key_id.clone(),
            or_dash(&record.hint),
            or_dash(&record.name),
            or_dash(&record.user_id),
            or_dash(&Some(record.scopes.join(" ")).filter(|scopes| !scopes.is_empty())),
            status(record).to_owned(),
            or_dash(&record.created_time),
            or_dash(&record.expires_at.map(time)),
        ]);
    }
    table.to_string()
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

fn status(record: &ApiKeyRecord) -> &'static str {
    match record.check(SystemTime::now()) {
        Err(InactiveKey::Revoked) => "revoked",
        Err(InactiveKey::Expired) => "expired",
        Ok(()) if record.successor_id.is_some() => "rotated",
        Ok(()) => "active",
    }
}

fn time(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.map_or_else(|| "never".to_owned(), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}
