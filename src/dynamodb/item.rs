//! Typed access to the attributes of a DynamoDB item.
//!
//! Mapped by hand, because an error must name the attribute and must never show its value.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::value::{RawValue, to_raw_value};

use crate::dynamodb::json::Json;

/// An item, or a Map inside one. Reading an attribute removes it.
pub struct Item(HashMap<String, AttributeValue>);

/// An attribute does not fit the table's schema.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("attribute `{attribute}` is {problem}")]
pub struct SchemaError {
    attribute: &'static str,
    problem: &'static str,
}

impl From<HashMap<String, AttributeValue>> for Item {
    fn from(attributes: HashMap<String, AttributeValue>) -> Self {
        Self(attributes)
    }
}

impl Item {
    /// Whether the attribute is the String `value`.
    pub(crate) fn has(&self, attribute: &str, value: &str) -> bool {
        matches!(self.0.get(attribute), Some(AttributeValue::S(text)) if text == value)
    }

    /// A String.
    pub(crate) fn required(&mut self, attribute: &'static str) -> Result<String, SchemaError> {
        match self.take(attribute) {
            Some(AttributeValue::S(text)) => Ok(text),
            _ => Err(SchemaError { attribute, problem: "missing or not a String" }),
        }
    }

    /// A String; `None` if it is missing or NULL.
    pub(crate) fn optional(
        &mut self,
        attribute: &'static str,
    ) -> Result<Option<String>, SchemaError> {
        match self.take(attribute) {
            None => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text)),
            Some(_) => Err(SchemaError { attribute, problem: "not a String or NULL" }),
        }
    }

    /// A Number that counts something; `None` if it is missing or NULL.
    pub(crate) fn count(&mut self, attribute: &'static str) -> Result<Option<u64>, SchemaError> {
        let error = SchemaError { attribute, problem: "not a whole Number of 0 or more" };
        match self.take(attribute) {
            None => Ok(None),
            Some(AttributeValue::N(digits)) => digits.parse().map(Some).map_err(|_| error),
            Some(_) => Err(error),
        }
    }

    /// A List of Strings in its own order, or a String Set in sorted order, since a set has none;
    /// empty if it is missing or NULL.
    pub(crate) fn strings(&mut self, attribute: &'static str) -> Result<Vec<String>, SchemaError> {
        let error = SchemaError { attribute, problem: "not a List of Strings or a String Set" };
        match self.take(attribute) {
            None => Ok(Vec::new()),
            Some(AttributeValue::Ss(mut set)) => {
                set.sort_unstable();
                Ok(set)
            }
            Some(AttributeValue::L(list)) => {
                let strings = list.iter().map(|value| value.as_s().cloned());
                strings.collect::<Result<_, _>>().map_err(|_| error)
            }
            Some(_) => Err(error),
        }
    }

    /// The same as [`strings`](Self::strings), but a String with a space is an error.
    pub(crate) fn strings_without_spaces(
        &mut self,
        attribute: &'static str,
    ) -> Result<Vec<String>, SchemaError> {
        let strings = self.strings(attribute)?;
        if strings.iter().any(|string| string.contains(' ')) {
            return Err(SchemaError { attribute, problem: "a set with a space in a String" });
        }
        Ok(strings)
    }

    /// A Map; empty if it is missing or NULL.
    pub(crate) fn map(&mut self, attribute: &'static str) -> Result<Self, SchemaError> {
        match self.take(attribute) {
            None => Ok(Self(HashMap::new())),
            Some(AttributeValue::M(map)) => Ok(Self(map)),
            Some(_) => Err(SchemaError { attribute, problem: "not a Map or NULL" }),
        }
    }

    /// Any value that has a JSON form; `{}` if it is missing or NULL. A Map has no order and an
    /// entity tag needs one, so `first_keys` come first and the other keys follow alphabetically.
    pub(crate) fn json(
        &mut self,
        attribute: &'static str,
        first_keys: &[&str],
    ) -> Result<Box<RawValue>, SchemaError> {
        let value = self.take(attribute).unwrap_or_else(|| AttributeValue::M(HashMap::new()));
        to_raw_value(&Json { value: &value, first_keys })
            .map_err(|_| SchemaError { attribute, problem: "a value without a JSON form" })
    }

    /// A nested attribute is named with its path, such as `activity_stats.last_activity`.
    fn take(&mut self, attribute: &'static str) -> Option<AttributeValue> {
        let name = attribute.rsplit('.').next().unwrap_or(attribute);
        self.0.remove(name).filter(|value| !value.is_null())
    }
}
