//! `GET /v1/users/{id}`, from event to answer.
//!
//! Strings go from JSON to JSON as they are written there: their escapes are never undone.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{Result, dynamodb::Table, time};

/// The fields of the API page, in its order.
const USER: [&str; 14] = [
    "id",
    "email",
    "name",
    "company",
    "role",
    "department",
    "phone",
    "account_id",
    "status",
    "created_time",
    "last_login",
    "permissions",
    "activity_stats",
    "metadata",
];
const ACTIVITY_STATS: [&str; 4] =
    ["total_calls_made", "total_emails_sent", "total_callouts_created", "last_activity"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(borrow)]
    path_parameters: PathParameters<'a>,
    request_context: RequestContext<'a>,
}

#[derive(Deserialize)]
struct PathParameters<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    #[serde(borrow)]
    request_id: &'a RawValue,
    authorizer: Option<Authorizer<'a>>,
}

#[derive(Deserialize)]
struct Authorizer<'a> {
    #[serde(borrow)]
    key_id: Option<&'a RawValue>,
    account_id: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    #[serde(borrow)]
    item: Option<Map<'a>>,
}

type Map<'a> = BTreeMap<&'a str, Value<'a>>;

/// An attribute value, as far as users have them.
#[derive(Deserialize)]
enum Value<'a> {
    #[serde(borrow)]
    S(&'a RawValue),
    N(&'a str),
    #[serde(rename = "BOOL")]
    Bool(&'a RawValue),
    #[serde(rename = "NULL")]
    Null(#[expect(dead_code, reason = "it is always true")] bool),
    L(Vec<Value<'a>>),
    M(Map<'a>),
}

/// Answers a proxy event with a proxy response.
pub(crate) fn answer(event: &[u8], table: &mut Table) -> Result<String> {
    let event: Event = serde_json::from_slice(event)?;
    let now = time::now();
    let mut body = String::with_capacity(1024);
    let status = write_result(&event, table, &now, &mut body)?;
    let request_id = text(event.request_context.request_id);
    body += &format!(r#","meta":{{"timestamp":"{now}","request_id":"req_{request_id}"}}}}"#);
    let body = serde_json::to_string(&body)?;
    Ok(format!(
        r#"{{"statusCode":{status},"headers":{{"content-type":"application/json","x-request-id":"req_{request_id}"}},"body":{body}}}"#
    ))
}

/// Writes what goes before `meta`, and gives the status.
fn write_result(event: &Event, table: &mut Table, now: &str, body: &mut String) -> Result<u16> {
    let mut fail = |status, code, message| {
        let error = format!(r#"{{"code":"{code}","message":"{message}"}}"#);
        *body += &format!(r#"{{"success":false,"error":{error}"#);
        Ok(status)
    };
    let Some(Authorizer { key_id: Some(_), account_id: Some(account_id) }) =
        event.request_context.authorizer
    else {
        return fail(401, "UNAUTHORIZED", "Invalid or missing API key");
    };
    let id = text(event.path_parameters.id);
    if !is_user_id(id) {
        return fail(400, "INVALID_REQUEST", "Invalid user ID format");
    }
    let output = table.item(id, now)?;
    let Some(item) = serde_json::from_slice::<Output>(&output)?.item else {
        return fail(404, "NOT_FOUND", "User not found");
    };
    match item.get("account_id") {
        Some(Value::S(users)) if users.get() == account_id.get() => {}
        _ => return fail(403, "FORBIDDEN", "You don't have permission to access this user"),
    }
    *body += r#"{"success":true,"data":"#;
    write_fields(&USER, &item, body);
    Ok(200)
}

fn is_user_id(id: &str) -> bool {
    let suffix = id.strip_prefix("user_").unwrap_or_default();
    (1..=64).contains(&suffix.len()) && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What stands between the quotes of a string.
fn text(string: &RawValue) -> &str {
    let inside = string.get().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inside.unwrap_or_default()
}

fn write_fields(names: &[&str], map: &Map, out: &mut String) {
    for (index, name) in names.iter().enumerate() {
        write_name(name, index, out);
        match map.get(name) {
            Some(Value::M(stats)) if *name == "activity_stats" => {
                write_fields(&ACTIVITY_STATS, stats, out);
            }
            Some(value) => value.write(out),
            None => *out += "null",
        }
    }
    out.push('}');
}

fn write_name(name: &str, index: usize, out: &mut String) {
    let start = if index == 0 { "{\"" } else { ",\"" };
    out.extend([start, name, "\":"]);
}

impl Value<'_> {
    fn write(&self, out: &mut String) {
        match self {
            Self::S(json) | Self::Bool(json) => *out += json.get(),
            Self::N(digits) => *out += digits,
            Self::Null(_) => *out += "null",
            Self::L(list) => {
                for (index, value) in list.iter().enumerate() {
                    out.push(if index == 0 { '[' } else { ',' });
                    value.write(out);
                }
                *out += if list.is_empty() { "[]" } else { "]" };
            }
            Self::M(map) => {
                for (index, (name, value)) in map.iter().enumerate() {
                    write_name(name, index, out);
                    value.write(out);
                }
                *out += if map.is_empty() { "{}" } else { "}" };
            }
        }
    }
}
