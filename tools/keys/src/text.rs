//! Text from the table, the network or the command line, made safe for a terminal, and without keys.

use std::sync::LazyLock;

use credira_users::api_key::{ApiKey, Kind};
use regex_lite::{Captures, Regex};

/// A key that may be mistyped or cut short. More than eight letters and digits of the same word must
/// follow the prefix: fewer say too little of a key, and a name may have them.
static NEARLY_A_KEY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"crd_(live|test)_([^0-9A-Za-z\s]*[0-9A-Za-z]){9,}"));

/// Letters and digits that may have a key without its prefix.
static LONG_WORD: LazyLock<Regex> = LazyLock::new(|| pattern("[0-9A-Za-z]{49,}"));

#[expect(clippy::unwrap_used, reason = "a test fails if a pattern is malformed")]
fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

/// Whether the text has a key, or nearly one.
pub(crate) fn has_key(text: &str) -> bool {
    mask(text) != text
}

/// The keys in a text. A key without its prefix is recognized by its checksum, also inside a word.
pub(crate) fn keys(text: &str) -> impl Iterator<Item = ApiKey> {
    let words = LONG_WORD.find_iter(text).map(|word| word.as_str());
    let bodies = words.flat_map(|word| (49..=word.len()).filter_map(|end| word.get(end - 49..end)));
    bodies.filter_map(|body| {
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
fn mask(text: &str) -> String {
    let hint = |found: &str| keys(found).next().map(|key| key.hint());
    let text = NEARLY_A_KEY.replace_all(text, |found: &Captures| {
        hint(&found[0]).unwrap_or_else(|| "crd_…".to_owned())
    });
    // Most are only as long as a key.
    LONG_WORD
        .replace_all(&text, |found: &Captures| {
            hint(&found[0]).unwrap_or_else(|| found[0].to_owned())
        })
        .into_owned()
}
