//! Headers as API Gateway's events have them.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::Value;

/// The headers that a function reads, each with all of its values, under whichever spellings the
/// client sent its name. The others are passed over unread: there may be many.
#[derive(Default)]
pub(crate) struct Headers {
    authorization: Vec<String>,
    if_none_match: Vec<String>,
}

impl Headers {
    /// The values of `Authorization`. Only `multiValueHeaders` has all of them; `headers` is asked
    /// where the event has no such map (HTTP APIs, events written by hand).
    pub(crate) fn authorization<'a>(multi_value: &'a Self, single: &'a Self) -> &'a [String] {
        first_of(&multi_value.authorization, &single.authorization)
    }

    /// The values of `If-None-Match`, from the same places.
    pub(crate) fn if_none_match<'a>(multi_value: &'a Self, single: &'a Self) -> &'a [String] {
        first_of(&multi_value.if_none_match, &single.if_none_match)
    }
}

fn first_of<'a>(first: &'a [String], second: &'a [String]) -> &'a [String] {
    if first.is_empty() { second } else { first }
}

/// From a map of names to a value or a list of values, or from null.
impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;

        impl<'de> Visitor<'de> for Map {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of headers")
            }

            fn visit_unit<E>(self) -> Result<Headers, E> {
                Ok(Headers::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut headers = Headers::default();
                while let Some(Name(name)) = map.next_key()? {
                    let values = if name.eq_ignore_ascii_case("authorization") {
                        &mut headers.authorization
                    } else if name.eq_ignore_ascii_case("if-none-match") {
                        &mut headers.if_none_match
                    } else {
                        map.next_value::<IgnoredAny>()?;
                        continue;
                    };
                    match map.next_value()? {
                        Value::String(value) => values.push(value),
                        Value::Array(list) => values.extend(list.into_iter().filter_map(text)),
                        _ => {}
                    }
                }
                Ok(headers)
            }
        }

        deserializer.deserialize_any(Map)
    }
}

/// A header's name, not copied unless it has an escape in it.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(multi: &str, single: &str) -> Vec<String> {
        let multi: Headers = serde_json::from_str(multi).unwrap();
        let single: Headers = serde_json::from_str(single).unwrap();
        assert_eq!(Headers::authorization(&multi, &single), [""; 0]);
        Headers::if_none_match(&multi, &single).to_vec()
    }

    #[test]
    fn all_values_are_read_whatever_the_case_of_the_name() {
        assert_eq!(
            read(
                r#"{"If-None-Match": ["1", "2"], "if-none-match": ["3"]}"#,
                r#"{"if-none-match": "3"}"#
            ),
            ["1", "2", "3"]
        );
        assert_eq!(read("null", r#"{"IF-none-match": "1", "b": "2"}"#), ["1"]);
        assert_eq!(read("{}", r#"{"If\u002dNone-Match": "1"}"#), ["1"]);
        assert_eq!(read("{}", "{}"), [""; 0]);
        assert_eq!(read(r#"{"if-none-match": [null, 1]}"#, r#"{"if-none-match": null}"#), [""; 0]);
    }

    #[test]
    fn what_is_no_map_is_no_headers() {
        for odd in ["7", "[]", "\"authorization\""] {
            assert!(serde_json::from_str::<Headers>(odd).is_err(), "{odd}");
        }
    }
}
