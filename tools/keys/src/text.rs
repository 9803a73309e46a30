//! Text from the table or the network, made safe for a terminal, and without keys.

use std::error::Error;

use crate::mask::mask;

/// Escapes control and other invisible characters, such as those that change the colour or the
/// direction of text: `\u{1b}`. Hides keys.
pub fn escape(text: &str) -> String {
    // Quotation marks need no escape outside a literal.
    mask(text).escape_debug().to_string().replace("\\'", "'").replace("\\\"", "\"")
}

/// Escapes the characters in JSON's strings that [`escape`] escapes in a text, and hides keys.
/// Otherwise the JSON means the same.
pub(crate) fn escape_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in mask(json).chars() {
        if c.escape_debug().to_string().starts_with("\\u") {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                escaped += &format!("\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// The innermost error: what happened, without the layers of the SDK around it.
pub(crate) fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
