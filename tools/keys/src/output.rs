//! What the tool shows.

use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat};
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use credira_users::api_key_record::{ApiKeyRecord, Dead};
use serde_json::{Map, Value, json};

use crate::{arguments::Output, keys::Issued};

/// A new key, with the record of the key that it takes the place of, if there is one.
pub fn issued(output: Output, issued: &Issued, old: Option<&ApiKeyRecord>) -> String {
    let key = issued.key.expose();
    match output {
        Output::Json => {
            let mut object = Map::new();
            object.insert("key".to_owned(), key.into());
            object.extend(record(&issued.record));
            if let Some(old) = old {
                object.insert("predecessor".to_owned(), record(old).into());
            }
            format!("{:#}", Value::from(object))
        }
        Output::Table => {
            let mut text = table([&issued.record].into_iter().chain(old));
            if let Some(old) = old {
                let end = old.expires_at.map_or_else(String::new, time);
                text += &format!("\n\n{} works until {end}.", old.key_id);
            }
            text + &format!("\n\nThe key. It is shown this once, and kept nowhere:\n\n{key}")
        }
    }
}

/// A key that was revoked.
pub fn revoked(output: Output, revoked: &ApiKeyRecord) -> String {
    match output {
        Output::Json => format!("{:#}", Value::from(record(revoked))),
        Output::Table => {
            let id = &revoked.key_id;
            format!(
                "{}\n\n{id} is refused from now on, everywhere within 30 seconds.",
                table([revoked])
            )
        }
    }
}

/// The keys of an account.
pub fn list(output: Output, account_id: &str, records: &[ApiKeyRecord]) -> String {
    match output {
        Output::Json => format!("{:#}", records.iter().map(record).collect::<Value>()),
        Output::Table if records.is_empty() => format!("{account_id} has no keys."),
        Output::Table => table(records),
    }
}

fn table<'a>(records: impl IntoIterator<Item = &'a ApiKeyRecord>) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["key ID", "hint", "name", "user", "scopes", "status", "created", "expires"]);
    for record in records {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
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

/// The attributes of the item, without its key, and with the status.
fn record(record: &ApiKeyRecord) -> Map<String, Value> {
    let object = json!({
        "key_id": record.key_id,
        "hint": record.hint,
        "name": record.name,
        "account_id": record.account_id,
        "user_id": record.user_id,
        "scopes": record.scopes,
        "status": status(record),
        "created_time": record.created_time,
        "expires_at": record.expires_at,
        "revoked_time": record.revoked_time,
        "successor_id": record.successor_id,
    });
    match object {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn status(record: &ApiKeyRecord) -> &'static str {
    match record.check(SystemTime::now()) {
        Err(Dead::Revoked) => "revoked",
        Err(Dead::Expired) => "expired",
        Ok(()) if record.successor_id.is_some() => "rotated",
        Ok(()) => "active",
    }
}

fn time(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.map_or_else(|| "never".to_owned(), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}
