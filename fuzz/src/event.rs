//! What each target with an event does.

use libfuzzer_sys::Corpus;
use serde_json::{Value, value::RawValue};

use crate::{
    function::Outcome,
    mark::{MARK, mark_strings},
};

const HEADERS: [&str; 2] = ["headers", "multiValueHeaders"];

/// Invokes a function with an event, and again with its headers marked. Panics if it leaks one of them.
pub fn check(data: &[u8], invoke: impl Fn(&str, &Value) -> Option<Outcome>) -> Corpus {
    let Ok(json) = serde_json::from_slice::<&RawValue>(data) else { return Corpus::Reject };
    // `Null` for JSON that serde cannot hold in memory.
    let mut event: Value = serde_json::from_str(json.get()).unwrap_or_default();
    // As it is: it may have a name twice, which `Value` does not.
    let Some(outcome) = invoke(json.get(), &event) else { return Corpus::Reject };
    outcome.assert_no_key(&event);
    if !event.to_string().contains(MARK) {
        for map in HEADERS {
            event.get_mut(map).map(mark_strings);
        }
        invoke(&event.to_string(), &event).inspect(Outcome::assert_no_mark);
    }
    Corpus::Keep
}

impl Outcome {
    /// Panics if the log or the response has an API key that only the headers of the event have.
    fn assert_no_key(&self, event: &Value) {
        let Value::Object(mut rest) = event.clone() else { return };
        rest.retain(|name, _| !HEADERS.contains(&name.as_str()));
        let is_elsewhere = Value::from(rest).to_string().contains("crd_");
        for text in [&self.log, &self.text()] {
            assert!(is_elsewhere || !text.contains("crd_"), "an API key is in {text}");
        }
    }
}
