//! Marks values that must not leave a function. A leaked value shows by its mark.

use serde_json::Value;

use crate::function::Outcome;

/// It fits at the end of a text, a Number, or the seconds of a time. No ID or time has it by chance, but
/// libFuzzer finds it: input that has it is left out.
pub const MARK: &str = "147114711";

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
    /// Panics if a marked value is in the log, or in a response or error without a user.
    pub fn assert_no_mark(&self) {
        assert!(!self.log.contains(MARK), "a value is in the log: {}", self.log);
        let text = self.text();
        let has_user = text.contains(r#""statusCode":200"#);
        assert!(has_user || !text.contains(MARK), "a value is in the response: {text}");
    }

    pub(crate) fn text(&self) -> String {
        self.response.as_ref().map_or_else(String::clone, Value::to_string)
    }
}
