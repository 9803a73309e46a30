//! What must not leave a function: neither in its response nor in its log.

use std::slice;

use serde_json::Value;

use crate::demo;

/// Shorter texts occur by chance.
const LENGTH: usize = 20;

/// Panics if the texts have a header's value, unless it is also elsewhere in the event or in a table.
pub fn check_headers(event: &Value, texts: &[&str]) {
    let mut rest = event.clone();
    let mut values = Vec::new();
    for name in ["headers", "multiValueHeaders"] {
        let map = rest.as_object_mut().and_then(|event| event.remove(name));
        let map = map.iter().filter_map(Value::as_object).flatten();
        // A client may know the response's entity tag.
        let map = map.filter(|(name, _)| !name.eq_ignore_ascii_case("if-none-match"));
        values.extend(map.flat_map(|(_, value)| strings(value)));
    }
    let rest = rest.to_string();
    check(&values, texts, |part| {
        let mut tables = demo::USERS.iter().chain(demo::API_KEYS.values());
        rest.contains(part) || tables.any(|item| item.to_string().contains(part))
    });
}

/// Panics if the texts have 20 characters of a value that are not elsewhere. All are JSON.
pub fn check(values: &[String], texts: &[&str], is_elsewhere: impl Fn(&str) -> bool) {
    for value in values {
        for start in 0..value.len().saturating_sub(LENGTH).min(200) {
            let Some(part) = value.get(start..start + LENGTH) else { continue };
            if let Some(text) = texts.iter().find(|text| text.contains(part)) {
                // The function writes punctuation around a value, which the header may have too.
                let part = part.trim_matches(|char: char| !char.is_ascii_alphanumeric());
                assert!(is_elsewhere(part), "{part} of {value} is in {text}");
            }
        }
    }
}

/// A header's values, as they are written in JSON.
fn strings(value: &Value) -> Vec<String> {
    let values = value.as_array().map_or(slice::from_ref(value), Vec::as_slice);
    values.iter().filter(|value| value.is_string()).map(Value::to_string).collect()
}
