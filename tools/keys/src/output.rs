//! What the tool prints on standard output, for people or as JSON.

use std::time::SystemTime;

use comfy_table::{ColumnConstraint::UpperBoundary, Table, Width::Fixed, presets::NOTHING};
use credira_users::api_key_record::{ApiKeyRecord, InactiveKey};
use serde::Serialize;
use serde_json::json;

use crate::{
    arguments::Output,
    issue::Issued,
    keys::Revoked,
    text::{escape, escape_json},
    values::rfc3339,
};

/// Longer names are wrapped, so that the other columns of most lists fit a terminal of 80. Other
/// values are copied, so they are never wrapped.
const MAX_NAME_WIDTH: u16 = 16;

/// A record in JSON, and what is known of a new key.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(flatten)]
    record: &'a ApiKeyRecord,
    status: &'static str,
    expires_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predecessor: Option<Box<Self>>,
}

impl<'a> From<&'a ApiKeyRecord> for Record<'a> {
    fn from(record: &'a ApiKeyRecord) -> Self {
        let (status, expires_time) = (status(record), record.expires_at.map(rfc3339));
        Self { key: None, record, status, expires_time, predecessor: None }
    }
}

/// A new key, and the record of the old key if the new one replaces it.
pub(crate) fn issued(
    output: Output,
    issued: &Issued,
    old: Option<&ApiKeyRecord>,
) -> serde_json::Result<String> {
    if output == Output::Json {
        let hint = &issued.key.hint();
        let predecessor = old.map(|old| Box::new(Record::from(old)));
        let json =
            to_json(&Record { key: Some(hint), predecessor, ..Record::from(&issued.record) })?;
        // Everything else is masked. `key` is the first field.
        return Ok(json.replacen(hint, issued.key.expose(), 1));
    }
    let mut text = details(&issued.record);
    if let Some(ApiKeyRecord { key_id, expires_at: Some(end), .. }) = old {
        text += &format!(
            "\n\n{} works until {}, or for 30 seconds from now if that is later: the authorizer \
             may have its earlier record in memory.",
            escape(key_id.as_str()),
            rfc3339(*end)
        );
    }
    if issued.record.expires_at.is_none() {
        text += "\n\nThe new key does not expire.";
    }
    text += "\n\nStore the key now. It is shown only once:\n\n";
    Ok(text + issued.key.expose())
}

/// The record of a key that somebody has.
pub(crate) fn found(output: Output, record: &ApiKeyRecord) -> serde_json::Result<String> {
    if output == Output::Json {
        return to_json(&Record::from(record));
    }
    let mut text = details(record);
    if record.check(SystemTime::now()).is_ok() {
        text += &format!("\n\nTo revoke it: cargo keys revoke {}", escape(record.key_id.as_str()));
    }
    Ok(text)
}

/// A revoked key, and the other keys of its rotations that still work.
pub(crate) fn revoked(
    output: Output,
    key_id: &str,
    revoked: &Revoked,
) -> serde_json::Result<String> {
    let Revoked { revoked_time, still_working } = revoked;
    if output == Output::Json {
        let others = still_working.as_ref().ok();
        let others = others.map(|others| others.iter().map(Record::from).collect::<Vec<_>>());
        return to_json(&json!({
            "key_id": key_id, "revoked_time": revoked_time, "still_working": others,
        }));
    }
    let mut text = format!(
        "{} was revoked at {}. After that it may work for at most 30 seconds more, while the \
         authorizer has it in memory.",
        escape(key_id),
        escape(revoked_time)
    );
    for other in still_working.iter().flatten() {
        let end = match other.expires_at {
            Some(end) => format!("until {}", rfc3339(end)),
            None => "and does not expire".to_owned(),
        };
        let other = escape(other.key_id.as_str());
        text += &format!("\n{other} of the same rotation still works {end}.");
    }
    Ok(text)
}

/// The keys of an account. `wide` is every column, and a key a line.
pub(crate) fn list(
    output: Output,
    wide: bool,
    account_id: &str,
    records: &[ApiKeyRecord],
) -> serde_json::Result<String> {
    if output == Output::Json {
        return to_json(&records.iter().map(Record::from).collect::<Vec<_>>());
    }
    if records.is_empty() {
        return Ok(format!("{account_id} has no keys."));
    }
    let mut table = Table::new();
    let mut header = vec!["KEY ID", "STATUS", "EXPIRES", "NAME", "USER AND SCOPES"];
    if wide {
        header.extend(["HINT", "CREATED"]);
    }
    table.load_preset(NOTHING).set_header(header);
    for record in records {
        let user = record.user_id.iter().map(|user| user.as_str());
        let scopes = record.scopes.iter().map(String::as_str);
        let rights: Vec<_> = user.chain(scopes).map(escape).collect();
        let expires = expires(record);
        let day = expires.split('T').next().unwrap_or_default().to_owned();
        let rights = Some(rights.join(if wide { " " } else { "\n" })).filter(|it| !it.is_empty());
        let mut row = vec![
            escape(record.key_id.as_str()),
            status(record).to_owned(),
            if wide { expires } else { day },
            optional(&record.name),
            rights.unwrap_or_else(|| "-".to_owned()),
        ];
        if wide {
            row.extend([optional(&record.hint), optional(&record.created_time)]);
        }
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
        if !wide && column.index == 3 {
            column.set_constraint(UpperBoundary(Fixed(MAX_NAME_WIDTH + 2)));
        }
    }
    Ok(table.trim_fmt())
}

/// One key, an attribute a line.
fn details(record: &ApiKeyRecord) -> String {
    let scopes = Some(record.scopes.join(" ")).filter(|scopes| !scopes.is_empty());
    [
        ("Key ID", escape(record.key_id.as_str())),
        ("Name", optional(&record.name)),
        ("Account", escape(record.account_id.as_str())),
        ("User", record.user_id.as_ref().map_or("-".to_owned(), |user| escape(user.as_str()))),
        ("Scopes", optional(&scopes)),
        ("Status", status(record).to_owned()),
        ("Expires", expires(record)),
    ]
    .map(|(name, value)| format!("{name:<9}{value}"))
    .join("\n")
}

fn to_json(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(|json| escape_json(&json))
}

fn status(record: &ApiKeyRecord) -> &'static str {
    match record.check(SystemTime::now()) {
        Err(InactiveKey::Revoked) => "revoked",
        Err(InactiveKey::Expired) => "expired",
        Ok(()) if record.successor_id.is_some() => "rotated",
        Ok(()) => "active",
    }
}

fn expires(record: &ApiKeyRecord) -> String {
    record.expires_at.map_or_else(|| "never".to_owned(), rfc3339)
}

fn optional(text: &Option<String>) -> String {
    text.as_deref().map_or_else(|| "-".to_owned(), escape)
}
