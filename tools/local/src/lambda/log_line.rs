//! A line of a function's log: one JSON object.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

/// A line of a function's log.
#[derive(Debug, Deserialize)]
pub struct LogLine {
    timestamp: String,
    /// The severity: `INFO`, `WARN` or `ERROR`.
    pub level: String,
    message: String,
    /// The other fields, in the order of the line.
    #[serde(flatten)]
    fields: IndexMap<String, Value>,
}

impl LogLine {
    /// Reads a line. `None` if it is not one of the functions' own: the message of a panic, say.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The text of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    /// Why a request was denied or failed; of a cause, without the error itself, which its status
    /// says.
    pub(crate) fn reason(&self) -> Option<&str> {
        let cause = || self.field("cause").map(|it| it.split_once(": ").map_or(it, |(_, it)| it));
        self.field("reason").or_else(cause)
    }

    /// Whether the line belongs to a request, whose own line in the request log says the same. A panic
    /// is not in there.
    pub fn is_about_a_request(&self) -> bool {
        self.field("request_id").is_some() && self.message != "panic"
    }

    /// The line for a person to read: time of day, level, function, message, and the fields as
    /// `key=value`.
    pub fn readable(&self, function: &str) -> String {
        let Self { timestamp, level, message, fields } = self;
        // It is an RFC 3339 timestamp in UTC.
        let time = timestamp.split_once('T').map_or(&**timestamp, |(_, time)| time);
        let [time, level, message] = [time.trim_end_matches('Z'), level, message].map(word);
        let mut text = format!("{time} {level:5} {function} {message}");
        for (key, value) in fields {
            let value = value.as_str().map_or_else(|| word(&value.to_string()), word);
            text += &format!(" {}={value}", word(key));
        }
        text
    }
}

/// A text that is quoted and escaped unless it is one word of visible ASCII. Clients choose some of
/// the texts, which must not control the terminal or look like another field.
fn word(text: &str) -> String {
    let is_visible = |byte: u8| byte.is_ascii_graphic() && byte != b'"';
    if !text.is_empty() && text.bytes().all(is_visible) {
        text.to_owned()
    } else {
        format!("{text:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_control_the_terminal_or_look_like_a_field() {
        let line = LogLine::parse(
            r#"{"timestamp":"T1.234Z","level":"INFO","message":"request","a":"\u001b[2J\u009b1","b":"x status=200","c":"","d":{"e":"\u007f"}}"#,
        );
        assert_eq!(
            line.unwrap().readable("f"),
            r#"1.234 INFO  f request a="\u{1b}[2J\u{9b}1" b="x status=200" c="" d="{\"e\":\"\u{7f}\"}""#
        );
    }
}
