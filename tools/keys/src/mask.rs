//! Finds and hides API keys in a text, such as an argument, an error or a record.

use credira_users::api_key::{ApiKey, Kind};

const KINDS: [Kind; 2] = [Kind::Live, Kind::Test];
/// A text is nearly a key if more letters and digits than this follow a prefix. So many say too
/// little of a key, and a name may have them.
const MAX_SHOWN: usize = 8;

/// Replaces each key by its hint, and what is nearly a key by its prefix.
pub(crate) fn mask(text: &str) -> String {
    text.split_inclusive(char::is_whitespace)
        .map(|word| masked(word).unwrap_or(word.to_owned()))
        .collect()
}

/// Whether the text has a key, or nearly one: a key that is mistyped or was cut short.
pub(crate) fn has_key(text: &str) -> bool {
    text.split_inclusive(char::is_whitespace).any(|word| masked(word).is_some())
}

/// The keys in a text. A key without its prefix is recognized by its checksum.
pub(crate) fn keys(text: &str) -> impl Iterator<Item = ApiKey> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(|random| {
        KINDS.iter().find_map(|kind| ApiKey::parse(&[kind.prefix(), random].concat()).ok())
    })
}

/// The word without its key; `None` if it has none.
fn masked(word: &str) -> Option<String> {
    let rest = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let end = word.strip_prefix(rest)?;
    let start = KINDS.iter().filter_map(|kind| rest.find(kind.prefix())).min();
    let (before, key) = rest.split_at(start.unwrap_or(0));
    if let Some(key) = keys(before).next() {
        return Some([&key.hint(), end].concat());
    }
    if let Some(key) = keys(key).next() {
        return Some([before, &key.hint(), end].concat());
    }
    let prefix = Kind::of(key)?.prefix();
    let shown = key.strip_prefix(prefix)?.bytes().filter(u8::is_ascii_alphanumeric).count();
    (shown > MAX_SHOWN).then(|| [before, prefix, "…", end].concat())
}
