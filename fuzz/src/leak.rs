//! Finds out whether a value left a function that must not leave it.

use libfuzzer_sys::Corpus;
use serde_json::{Map, Value, json, value::RawValue};

use crate::function::Outcome;

/// Marks a value, and shows if it leaks. It fits at the end of a text, a Number, or the seconds of a
/// time. No ID or time has it by chance, but libFuzzer finds it: input that has it is left out.
pub const MARK: &str = "147114711";

const HEADERS: [&str; 2] = ["headers", "multiValueHeaders"];

/// Invokes a function with an event, and again with its headers marked. Panics if it leaks one of them.
pub fn check_event(data: &[u8], invoke: impl Fn(&str) -> Outcome) -> Corpus {
    let Ok(json) = serde_json::from_slice::<&RawValue>(data) else { return Corpus::Reject };
    // As it is: it may have a name twice, or a number that `Value` cannot hold.
    let outcome = invoke(json.get());
    let Ok(mut event) = serde_json::from_str::<Map<String, Value>>(json.get()) else {
        return Corpus::Keep;
    };
    let headers = HEADERS.map(|name| Some((name, event.remove(name)?)));
    let rest = json!(event).to_string();
    if !rest.contains("crd_") {
        // Only the headers have an API key.
        outcome.assert_lacks("crd_");
    }
    if !rest.contains(MARK) {
        for (name, mut map) in headers.into_iter().flatten() {
            mark_strings(&mut map);
            event.insert(name.to_owned(), map);
        }
        invoke(&json!(event).to_string()).assert_lacks(MARK);
    }
    Corpus::Keep
}

/// Marks all texts, and the Numbers of DynamoDB's JSON.
pub fn mark_strings(value: &mut Value) {
    match value {
        // A Binary stays one.
        Value::String(text) if text == "AAEC" => {}
        // A time stays one.
        Value::String(text) => match text.strip_suffix('Z') {
            Some(time) => *text = format!("{time}.{MARK}Z"),
            None => text.push_str(MARK),
        },
        Value::Array(values) => values.iter_mut().for_each(mark_strings),
        Value::Object(map) => map.values_mut().for_each(mark_strings),
        _ => {}
    }
}

impl Outcome {
    /// Panics if a secret is in the log, or in a response or error without a user.
    pub fn assert_lacks(&self, secret: &str) {
        assert!(!self.log.contains(secret), "{secret} is in the log: {}", self.log);
        let text = self.response.as_ref().map_or_else(String::clone, Value::to_string);
        let has_user = text.contains(r#""statusCode":200"#);
        assert!(has_user || !text.contains(secret), "{secret} is in the response: {text}");
    }
}
