//! Text from the table, the network or the command line, made safe for a terminal, and without keys.

use credira_users::api_key::{ApiKey, Kind};

const KINDS: [Kind; 2] = [Kind::Live, Kind::Test];
/// A text is nearly a key if more letters and digits than this follow a prefix. So many say too
/// little of a key, and a name may have them.
const MAX_SHOWN: usize = 8;

/// Whether the text has a key, or nearly one: a key that is mistyped or was cut short.
pub(crate) fn has_key(text: &str) -> bool {
    text.split_whitespace().any(|word| masked(word).is_some())
}

/// The keys in a text. A key without its prefix is recognized by its checksum.
pub(crate) fn keys(text: &str) -> impl Iterator<Item = ApiKey> {
    bodies(text).map(|(_, key)| key)
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

fn mask(text: &str) -> String {
    text.split_inclusive(char::is_whitespace)
        .map(|word| masked(word).unwrap_or(word.to_owned()))
        .collect()
}

/// The word with its key replaced by its hint; `None` if it has no key.
fn masked(word: &str) -> Option<String> {
    let prefixes = KINDS.iter().filter_map(|kind| {
        let (before, after) = word.split_once(kind.prefix())?;
        let shown = after.bytes().filter(u8::is_ascii_alphanumeric).count();
        (shown > MAX_SHOWN).then_some(before.len())
    });
    let bodies_start = bodies(word).filter_map(|(body, _)| word.find(body));
    let (before, key) = word.split_at(prefixes.chain(bodies_start).min()?);
    let (_, after) = key.split_at(key.trim_end_matches(is_other).len());
    let hint = keys(word).next().map_or_else(|| "crd_…".to_owned(), |key| key.hint());
    Some([before, &hint, after].concat())
}

/// What follows the prefix of each key in a text, and the key.
fn bodies(text: &str) -> impl Iterator<Item = (&str, ApiKey)> {
    text.split(is_other).filter_map(|body| {
        let parse = |kind: &Kind| ApiKey::parse(&[kind.prefix(), body].concat()).ok();
        Some((body, KINDS.iter().find_map(parse)?))
    })
}

fn is_other(c: char) -> bool {
    !c.is_ascii_alphanumeric()
}
