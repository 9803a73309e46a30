//! The forms of the identifiers, and who may read whom: a second time, by regular expressions and
//! tables.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::Value;

use crate::regex;

static USER_ID: LazyLock<Regex> = LazyLock::new(|| regex("^user_[0-9A-Za-z]{1,64}$"));
static IDENTIFIER: LazyLock<Regex> = LazyLock::new(|| regex("^[!-~]{1,128}$"));
static API_KEY: LazyLock<Regex> =
    LazyLock::new(|| regex("^(crd_(?:live|test)_[0-9A-Za-z]{43})([0-9A-Za-z]{6})$"));

/// Whether the text is a user ID.
pub fn is_user_id(text: &str) -> bool {
    USER_ID.is_match(text)
}

/// Whether the text is an API key.
pub fn is_api_key(text: &str) -> bool {
    API_KEY.captures(text).is_some_and(|parts| parts[2] == checksum(&parts[1]))
}

/// CRC-32 bit by bit, as six digits of base 62.
pub fn checksum(signed: &str) -> String {
    let mut crc = u32::MAX;
    for byte in signed.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let digits: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    (0..6).rev().map(|place| digits[(!crc / 62_u32.pow(place) % 62) as usize]).collect()
}

/// Whom a caller may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Nobody,
    Account,
    Everybody,
}

/// README, "Who may read whom": the caller is the user itself, has `users:read:all`, has `users:read`.
const ACCESS: [(bool, bool, bool, Access); 8] = [
    (false, false, false, Access::Nobody),
    (false, false, true, Access::Account),
    (false, true, false, Access::Everybody),
    (false, true, true, Access::Everybody),
    (true, false, false, Access::Everybody),
    (true, false, true, Access::Everybody),
    (true, true, false, Access::Everybody),
    (true, true, true, Access::Everybody),
];

/// Whom a caller with this authorizer context may read, if the user is `id`. `None` if the context
/// does not identify a caller.
pub fn access(context: &Value, id: &str) -> Option<Access> {
    let is_text = |value: &Value| value.is_null() || value.is_string();
    let is_identifier = |value: &Value| value.as_str().is_some_and(|it| IDENTIFIER.is_match(it));
    let user_id = context["user_id"].as_str().unwrap_or_default();
    let is_caller = context.is_object()
        && is_identifier(&context["key_id"])
        && is_identifier(&context["account_id"])
        && is_text(&context["user_id"])
        && is_text(&context["scopes"])
        && (user_id.is_empty() || is_user_id(user_id));
    if !is_caller {
        return None;
    }
    let scopes = format!(" {} ", context["scopes"].as_str().unwrap_or_default());
    let case =
        (user_id == id, scopes.contains(" users:read:all "), scopes.contains(" users:read "));
    let row = ACCESS.iter().find(|row| (row.0, row.1, row.2) == case);
    row.map(|row| row.3)
}

/// The values of a header in an event: those in `multiValueHeaders`, or else those in `headers`.
pub fn header_values<'a>(event: &'a Value, name: &str) -> Vec<&'a str> {
    let values = |map: &str| -> Vec<&str> {
        let headers = event[map].as_object().into_iter().flatten();
        headers
            .filter(|(other, _)| other.to_ascii_lowercase() == name)
            .flat_map(|(_, value)| match value {
                Value::Array(values) => values.iter().collect(),
                value => vec![value],
            })
            .filter_map(Value::as_str)
            .collect()
    };
    [values("multiValueHeaders"), values("headers")]
        .into_iter()
        .find(|it| !it.is_empty())
        .unwrap_or_default()
}
