//! Typed access to the attributes of a DynamoDB item.
//!
//! By hand, because an error must name the attribute and must never show its value.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::value::{RawValue, to_raw_value};

use crate::json::Json;

/// An item, or a map inside one. Reading takes the attribute out of it.
pub(crate) struct Item(HashMap<String, AttributeValue>);

/// An attribute breaks the table's schema.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("attribute `{attribute}` is not {expected}")]
pub struct SchemaError {
    attribute: &'static str,
    expected: &'static str,
}

impl Item {
    pub(crate) fn new(attributes: HashMap<String, AttributeValue>) -> Self {
        Self(attributes)
    }

    /// A String that must be there.
    pub(crate) fn required(&mut self, attribute: &'static str) -> Result<String, SchemaError> {
        self.optional(attribute)?.ok_or(SchemaError { attribute, expected: "there, and a String" })
    }

    /// A String; missing or NULL is `None`.
    pub(crate) fn optional(
        &mut self,
        attribute: &'static str,
    ) -> Result<Option<String>, SchemaError> {
        match self.take(attribute) {
            None => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text)),
            Some(_) => Err(SchemaError { attribute, expected: "a String or NULL" }),
        }
    }

    /// A String; anything else is `None`.
    pub(crate) fn text(&mut self, attribute: &'static str) -> Option<String> {
        self.optional(attribute).ok().flatten()
    }

    /// A Number that counts something; missing or NULL is `None`.
    pub(crate) fn count(&mut self, attribute: &'static str) -> Result<Option<u64>, SchemaError> {
        let error = SchemaError { attribute, expected: "a whole Number, 0 or more" };
        match self.take(attribute) {
            None => Ok(None),
            Some(AttributeValue::N(digits)) => digits.parse().map(Some).map_err(|_| error),
            Some(_) => Err(error),
        }
    }

    /// A List of Strings in its own order, or a String Set, sorted since a set has no order;
    /// missing or NULL is empty.
    pub(crate) fn strings(&mut self, attribute: &'static str) -> Result<Vec<String>, SchemaError> {
        let error = SchemaError { attribute, expected: "a List of Strings or a String Set" };
        match self.take(attribute) {
            None => Ok(Vec::new()),
            Some(AttributeValue::Ss(mut set)) => {
                set.sort_unstable();
                Ok(set)
            }
            Some(AttributeValue::L(list)) => list
                .into_iter()
                .map(|value| match value {
                    AttributeValue::S(text) => Some(text),
                    _ => None,
                })
                .collect::<Option<_>>()
                .ok_or(error),
            Some(_) => Err(error),
        }
    }

    /// As [`strings`](Self::strings), where none may have a space in it.
    pub(crate) fn words(&mut self, attribute: &'static str) -> Result<Vec<String>, SchemaError> {
        let words = self.strings(attribute)?;
        if words.iter().any(|word| word.contains(' ')) {
            return Err(SchemaError { attribute, expected: "Strings without spaces" });
        }
        Ok(words)
    }

    /// A Map; missing or NULL is empty.
    pub(crate) fn map(&mut self, attribute: &'static str) -> Result<Self, SchemaError> {
        match self.take(attribute) {
            None => Ok(Self(HashMap::new())),
            Some(AttributeValue::M(map)) => Ok(Self(map)),
            Some(_) => Err(SchemaError { attribute, expected: "a Map or NULL" }),
        }
    }

    /// Any value that JSON can hold; missing or NULL is `{}`. Keys stand in the order of
    /// `first_keys`, then of the alphabet: a Map has no order, and an ETag needs one.
    pub(crate) fn json(
        &mut self,
        attribute: &'static str,
        first_keys: &[&str],
    ) -> Result<Box<RawValue>, SchemaError> {
        let value = self.take(attribute).unwrap_or_else(|| AttributeValue::M(HashMap::new()));
        to_raw_value(&Json { value: &value, first_keys })
            .map_err(|_| SchemaError { attribute, expected: "JSON" })
    }

    /// Nested attributes are named with their path, as `activity_stats.last_activity`.
    fn take(&mut self, attribute: &'static str) -> Option<AttributeValue> {
        let name = attribute.rsplit('.').next().unwrap_or(attribute);
        self.0.remove(name).filter(|value| !value.is_null())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(attribute: &str, value: AttributeValue) -> Item {
        Item::new(HashMap::from([(attribute.to_owned(), value)]))
    }

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.into())
    }

    fn n(digits: &str) -> AttributeValue {
        AttributeValue::N(digits.into())
    }

    #[test]
    fn missing_and_null_are_the_same() {
        for mut item in [Item::new(HashMap::new()), item("a", AttributeValue::Null(true))] {
            assert_eq!(item.optional("a"), Ok(None));
            assert_eq!(item.count("a"), Ok(None));
            assert_eq!(item.strings("a"), Ok(vec![]));
            assert_eq!(item.json("a", &[]).unwrap().get(), "{}");
            assert!(item.map("a").unwrap().0.is_empty());
            assert!(item.required("a").is_err());
        }
    }

    #[test]
    fn an_error_names_the_attribute_and_not_its_value() {
        let error = item("email", n("4711")).required("email").unwrap_err().to_string();
        assert_eq!(error, "attribute `email` is not a String or NULL");
        let error = item("total", n("4.5")).count("stats.total").unwrap_err().to_string();
        assert_eq!(error, "attribute `stats.total` is not a whole Number, 0 or more");
    }

    #[test]
    fn a_list_keeps_its_order_and_a_set_is_sorted() {
        let list = AttributeValue::L(vec![s("b"), s("a")]);
        assert_eq!(item("p", list).strings("p").unwrap(), ["b", "a"]);
        let set = AttributeValue::Ss(vec!["b".into(), "a".into()]);
        assert_eq!(item("p", set).strings("p").unwrap(), ["a", "b"]);
        assert!(item("p", AttributeValue::L(vec![n("1")])).strings("p").is_err());
        assert!(item("p", s("a")).strings("p").is_err());
    }

    #[test]
    fn binary_is_no_json() {
        let binary = AttributeValue::B(aws_sdk_dynamodb::primitives::Blob::new("secret"));
        let error = item("metadata", binary).json("metadata", &[]).unwrap_err().to_string();
        assert_eq!(error, "attribute `metadata` is not JSON");
    }
}
