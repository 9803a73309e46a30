//! Marks values that must not leave a function. A leaked value shows by its mark.

use serde_json::Value;

use crate::function::Outcome;

/// It fits at the end of a text, a Number, or the seconds of a time. No ID or time has it by chance, but
/// libFuzzer finds it: input that has it is left out.
pub const MARK: &str = "147114711";

/// Marks a text, or a Number. A time stays one.
pub fn mark(text: &mut String) {
    match text.strip_suffix('Z') {
        Some(time) => *text = format!("{time}.{MARK}Z"),
        None => text.push_str(MARK),
    }
}

/// An event with its headers marked. `None` if it has the mark already.
pub fn with_marked_headers(mut event: Value) -> Option<Value> {
    if event.to_string().contains(MARK) {
        return None;
    }
    for map in ["headers", "multiValueHeaders"] {
        event.get_mut(map).map(mark_strings);
    }
    Some(event)
}

fn mark_strings(value: &mut Value) {
    match value {
        Value::String(text) => mark(text),
        Value::Array(values) => values.iter_mut().for_each(mark_strings),
        Value::Object(map) => map.values_mut().for_each(mark_strings),
        _ => {}
    }
}

impl Outcome {
    /// Panics if a marked value is in the log, or in a response or error without a user.
    pub fn assert_no_mark(&self) {
        assert!(!self.log.contains(MARK), "a value is in the log: {}", self.log);
        let text = self.text();
        let has_user = text.contains(r#""statusCode":200"#);
        assert!(has_user || !text.contains(MARK), "a value is in the response: {text}");
    }

    /// Panics if the log or the response has an API key that only the headers of the event have.
    pub fn assert_no_key(&self, event: &Value) {
        let mut rest = event.clone();
        let Some(event) = rest.as_object_mut() else { return };
        event.retain(|name, _| !["headers", "multiValueHeaders"].contains(&name.as_str()));
        for text in [&self.log, &self.text()] {
            let has_key = text.contains("crd_") && !rest.to_string().contains("crd_");
            assert!(!has_key, "an API key is in {text}");
        }
    }

    fn text(&self) -> String {
        self.response.as_ref().map_or_else(String::clone, Value::to_string)
    }
}
