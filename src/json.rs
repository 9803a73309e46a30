//! An attribute value as JSON.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;

/// Writes an attribute value as JSON. Binary has no JSON form, and fails.
pub(crate) struct Json<'a> {
    pub(crate) value: &'a AttributeValue,
    /// The keys that a Map's own come after, which are in the order of the alphabet.
    pub(crate) first_keys: &'a [&'a str],
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nested = |value| Json { value, first_keys: &[] };
        match self.value {
            AttributeValue::S(text) => serializer.serialize_str(text),
            AttributeValue::N(digits) => number(digits)?.serialize(serializer),
            AttributeValue::Bool(truth) => serializer.serialize_bool(*truth),
            AttributeValue::Null(_) => serializer.serialize_unit(),
            AttributeValue::L(list) => serializer.collect_seq(list.iter().map(nested)),
            AttributeValue::M(map) => {
                let rank = |key: &str| self.first_keys.iter().position(|first| *first == key);
                let rank_or_last = |key: &str| rank(key).unwrap_or(self.first_keys.len());
                let sorted: BTreeMap<_, _> = map
                    .iter()
                    .map(|(key, value)| ((rank_or_last(key), key), nested(value)))
                    .collect();
                serializer.collect_map(sorted.iter().map(|((_, key), value)| (key, value)))
            }
            AttributeValue::Ss(set) => {
                let mut sorted: Vec<_> = set.iter().collect();
                sorted.sort_unstable();
                serializer.collect_seq(sorted)
            }
            AttributeValue::Ns(set) => {
                let mut sorted: Vec<_> = set.iter().collect();
                sorted.sort_unstable();
                let numbers: Vec<_> =
                    sorted.into_iter().map(|digits| number(digits)).collect::<Result<_, _>>()?;
                serializer.collect_seq(numbers)
            }
            _ => Err(S::Error::custom("no JSON form")),
        }
    }
}

/// Digit by digit: a DynamoDB Number has up to 38 digits, more than an `f64` keeps.
fn number<E: serde::ser::Error>(digits: &str) -> Result<Box<RawValue>, E> {
    RawValue::from_string(digits.to_owned()).map_err(|_| E::custom("no number"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.into())
    }

    fn n(digits: &str) -> AttributeValue {
        AttributeValue::N(digits.into())
    }

    #[test]
    fn json_has_every_digit_and_a_stable_order() {
        let map = AttributeValue::M(HashMap::from([
            ("b".into(), n("12345678901234567890123456789012345678")),
            (
                "a".into(),
                AttributeValue::L(vec![AttributeValue::Bool(true), AttributeValue::Null(true)]),
            ),
            ("z".into(), s("first \"quoted\" \u{1F980}")),
            ("n".into(), AttributeValue::Ns(vec!["2".into(), "1".into()])),
        ]));
        assert_eq!(
            serde_json::to_string(&Json { value: &map, first_keys: &["z"] }).unwrap(),
            "{\"z\":\"first \\\"quoted\\\" \u{1F980}\",\"a\":[true,null],\
             \"b\":12345678901234567890123456789012345678,\"n\":[1,2]}"
        );
    }
}
