//! What the tool prints on standard output.

mod json;
mod table;

use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat};
use credira_users::api_key_record::{ApiKeyRecord, InactiveKey};

pub use crate::text::escape;
use crate::{arguments::Output, issue::Issued, keys::Revoked};
use table::{details, narrow, wide};

/// A new key, and the record of the old key if the new one replaces it.
///
/// # Errors
/// The JSON could not be written.
pub fn issued(
    output: Output,
    issued: &Issued,
    old: Option<&ApiKeyRecord>,
) -> serde_json::Result<String> {
    if output == Output::Json {
        return json::issued(issued, old);
    }
    let mut text = details(&issued.record);
    if let Some(ApiKeyRecord { key_id, expires_at: Some(end), .. }) = old {
        text += &format!(
            "\n\n{} works until {}, or for 30 seconds from now if that is later: the authorizer \
             may have its earlier record in memory.",
            escape(key_id),
            time(*end)
        );
    }
    if issued.record.expires_at.is_none() {
        text += "\n\nThe new key does not expire.";
    }
    text += "\n\nStore the key now. It is shown only once:\n\n";
    Ok(text + issued.key.expose())
}

/// The record of a key that somebody has.
///
/// # Errors
/// The JSON could not be written.
pub fn found(output: Output, record: &ApiKeyRecord) -> serde_json::Result<String> {
    if output == Output::Json {
        return json::found(record);
    }
    let mut text = details(record);
    if record.check(SystemTime::now()).is_ok() {
        text += &format!("\n\nTo revoke it: cargo keys revoke {}", escape(&record.key_id));
    }
    Ok(text)
}

/// A revoked key, and the other keys of its rotations that still work.
///
/// # Errors
/// The JSON could not be written.
pub fn revoked(output: Output, revoked: &Revoked) -> serde_json::Result<String> {
    if output == Output::Json {
        return json::revoked(revoked);
    }
    let mut text = format!(
        "{} was revoked at {}. After that it may work for at most 30 seconds more, while the \
         authorizer has it in memory.",
        escape(&revoked.key_id),
        escape(&revoked.revoked_time)
    );
    for other in revoked.still_working.iter().flatten() {
        let end = match other.expires_at {
            Some(end) => format!("until {}", time(end)),
            None => "and does not expire".to_owned(),
        };
        let other = escape(&other.key_id);
        text += &format!("\n{other} of the same rotation still works {end}.");
    }
    Ok(text)
}

/// The keys of an account, in 80 columns or with every column.
///
/// # Errors
/// The JSON could not be written.
pub fn list(
    output: Output,
    is_wide: bool,
    account_id: &str,
    records: &[ApiKeyRecord],
) -> serde_json::Result<String> {
    match output {
        Output::Json => json::list(records),
        Output::Table if records.is_empty() => Ok(format!("{account_id} has no keys.")),
        Output::Table if is_wide => Ok(wide(records)),
        Output::Table => Ok(narrow(records)),
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

/// RFC 3339, or `never` for a time that it cannot express.
fn time(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.map_or_else(|| "never".to_owned(), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}
