//! Text from the table, the network or the command line, made safe for a terminal, and without keys.

use std::{borrow::Cow, sync::LazyLock};

use credira_users::api_key::{ApiKey, Kind};
use regex_lite::{Captures, Regex};

/// A key that may be mistyped, cut short or without its prefix. More than eight letters and digits
/// of the same word must follow a prefix: fewer say too little of a key, and a name may have them.
#[expect(clippy::unwrap_used, reason = "a test fails if the pattern is malformed")]
static NEARLY_A_KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"crd_(live|test)_([^0-9A-Za-z\s]*[0-9A-Za-z]){9,}|[0-9A-Za-z]{49}").unwrap()
});

/// Whether the text has a key, or nearly one.
pub(crate) fn has_key(text: &str) -> bool {
    mask(text) != text
}

/// The keys in a text. A key without its prefix is recognized by its checksum.
pub(crate) fn keys(text: &str) -> impl Iterator<Item = ApiKey> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(|body| {
        let parse = |kind: Kind| ApiKey::parse(&[kind.prefix(), body].concat()).ok();
        [Kind::Live, Kind::Test].into_iter().find_map(parse)
    })
}

/// Escapes control and other invisible characters, such as those that change the colour or the
/// direction of text: `\u{1b}`. Hides keys.
pub(crate) fn escape(text: &str) -> String {
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

/// Replaces keys by their hints.
fn mask(text: &str) -> Cow<'_, str> {
    NEARLY_A_KEY.replace_all(text, |found: &Captures| {
        let text = &found[0];
        match keys(text).next() {
            Some(key) => key.hint(),
            None if text.starts_with("crd_") => "crd_…".to_owned(),
            // Only as long as a key.
            None => text.to_owned(),
        }
    })
}
