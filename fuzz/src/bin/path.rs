//! The local gateway's match of a path. The input is the path, and the pattern below it.
#![no_main]

use std::collections::HashMap;

use libfuzzer_sys::{Corpus, fuzz_target};
use regex_lite::{Regex, escape};

#[path = "../../../tools/local/src/path.rs"]
mod path;

fuzz_target!(|text: &str| -> Corpus {
    let Some((path, pattern)) = text.split_once('\n') else { return Corpus::Reject };
    let Some((regex, names)) = regex(pattern) else { return Corpus::Reject };
    // The gateway ignores a slash at the end.
    let trimmed = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
    let expected = regex.captures(trimmed).map(|values| -> HashMap<String, String> {
        let values = values.iter().skip(1).flatten().map(|value| value.as_str().to_owned());
        names.into_iter().zip(values).collect()
    });
    assert_eq!(path::path_parameters(pattern, path), expected);
    Corpus::Keep
});

/// The pattern as a regular expression, and the names of its parameters. `None` for a pattern that API
/// Gateway refuses: a name occurs twice, or more follows `{name+}`.
fn regex(pattern: &str) -> Option<(Regex, Vec<String>)> {
    let mut regex = "(?s)^".to_owned();
    let mut names = Vec::new();
    for segment in pattern.strip_prefix('/')?.split('/') {
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        if regex.ends_with("(.+)") || name.is_some_and(|name| names.contains(&name.to_owned())) {
            return None;
        }
        regex += "/";
        regex += &match name {
            Some(name) if name.ends_with('+') => "(.+)".to_owned(),
            Some(_) => "([^/]+)".to_owned(),
            None => escape(segment),
        };
        names.extend(name.map(|name| name.strip_suffix('+').unwrap_or(name).to_owned()));
    }
    Some((Regex::new(&(regex + "$")).ok()?, names))
}
