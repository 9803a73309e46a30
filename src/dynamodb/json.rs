//! A Map as a JSON object.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;

/// Serializes a Map. A Map has no order and an entity tag needs one, so its keys get one.
pub(super) struct JsonObject<'a> {
    pub(super) map: &'a HashMap<String, AttributeValue>,
    /// Keys that are written first, in this order; the others follow alphabetically.
    pub(super) first_keys: &'a [&'a str],
}

impl Serialize for JsonObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rank = |key: &str| {
            let first = self.first_keys.iter().position(|first| *first == key);
            first.unwrap_or(self.first_keys.len())
        };
        let sorted: BTreeMap<_, _> =
            self.map.iter().map(|(key, value)| ((rank(key), key), Json(value))).collect();
        serializer.collect_map(sorted.iter().map(|((_, key), value)| (key, value)))
    }
}

/// Serializes an attribute value. A Binary has no JSON form and is an error.
struct Json<'a>(&'a AttributeValue);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            AttributeValue::S(text) => serializer.serialize_str(text),
            AttributeValue::N(digits) => number(digits)?.serialize(serializer),
            AttributeValue::Bool(bool) => serializer.serialize_bool(*bool),
            AttributeValue::Null(_) => serializer.serialize_unit(),
            AttributeValue::L(list) => serializer.collect_seq(list.iter().map(Json)),
            AttributeValue::M(map) => JsonObject { map, first_keys: &[] }.serialize(serializer),
            AttributeValue::Ss(set) => serializer.collect_seq(sorted(set)),
            AttributeValue::Ns(set) => {
                let numbers: Result<Vec<_>, _> =
                    sorted(set).into_iter().map(|digits| number(digits)).collect();
                serializer.collect_seq(numbers?)
            }
            _ => Err(S::Error::custom("no JSON form")),
        }
    }
}

/// A set has no order, so the same set must always be written in the same one.
fn sorted(set: &[String]) -> Vec<&String> {
    let mut sorted: Vec<_> = set.iter().collect();
    sorted.sort_unstable();
    sorted
}

/// All digits as they are: a DynamoDB Number has up to 38, more than an `f64` can hold.
fn number<E: serde::ser::Error>(digits: &str) -> Result<Box<RawValue>, E> {
    // Any JSON would be a raw value.
    let is_number = digits.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let number = RawValue::from_string(digits.to_owned()).ok().filter(|_| is_number);
    number.ok_or_else(|| E::custom("not a number"))
}
