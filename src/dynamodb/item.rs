//! Typed access to the attributes of a DynamoDB item.
//!
//! Mapped by hand, because an error must name the attribute and must never show its value.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    primitives::{DateTime, DateTimeFormat::DateTimeWithOffset},
    types::AttributeValue,
};
use serde_json::value::{RawValue, to_raw_value};

use crate::dynamodb::json::JsonObject;

/// The last second of the year 9999, since 1970.
pub const END_OF_9999: u64 = 253_402_300_799;

/// An item, or a Map inside one. Reading an attribute removes it.
pub struct Item {
    attributes: HashMap<String, AttributeValue>,
    /// The attribute that is this Map.
    parent: Option<&'static str>,
}

/// An attribute does not fit the table's schema.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("attribute `{path}` is {problem}")]
pub struct SchemaError {
    /// For example `activity_stats.last_activity`.
    path: String,
    problem: &'static str,
}

type Result<T> = std::result::Result<T, SchemaError>;

impl From<HashMap<String, AttributeValue>> for Item {
    fn from(attributes: HashMap<String, AttributeValue>) -> Self {
        Self { attributes, parent: None }
    }
}

impl Item {
    /// Whether the attribute is the String `value`.
    pub(crate) fn has(&self, attribute: &str, value: &str) -> bool {
        matches!(self.attributes.get(attribute), Some(AttributeValue::S(text)) if text == value)
    }

    /// A String.
    pub(crate) fn required(&mut self, attribute: &'static str) -> Result<String> {
        match self.take(attribute) {
            Some(AttributeValue::S(text)) => Ok(text),
            _ => Err(self.error(attribute, "missing or not a String")),
        }
    }

    /// A String; `None` if it is missing or NULL.
    pub(crate) fn optional(&mut self, attribute: &'static str) -> Result<Option<String>> {
        match self.take(attribute) {
            None => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text)),
            Some(_) => Err(self.error(attribute, "not a String or NULL")),
        }
    }

    /// A String with a time in the form of RFC 3339.
    pub(crate) fn required_time(&mut self, attribute: &'static str) -> Result<String> {
        let text = self.required(attribute)?;
        self.time(attribute, text)
    }

    /// The same; `None` if it is missing or NULL.
    pub(crate) fn optional_time(&mut self, attribute: &'static str) -> Result<Option<String>> {
        self.optional(attribute)?.map(|text| self.time(attribute, text)).transpose()
    }

    /// A Number that counts something; `None` if it is missing or NULL.
    pub(crate) fn count(&mut self, attribute: &'static str) -> Result<Option<u64>> {
        let Some(value) = self.take(attribute) else { return Ok(None) };
        let count = value.as_n().ok().and_then(|digits| digits.parse::<i64>().ok());
        let count = count.and_then(|count| count.try_into().ok());
        count
            .map(Some)
            .ok_or_else(|| self.error(attribute, "not a whole Number from 0 to 2^63 - 1"))
    }

    /// A Number of seconds since 1970; `None` if it is missing or NULL. A time after the year 9999, where
    /// RFC 3339 ends, is an error: it is probably in milliseconds.
    pub(crate) fn epoch_seconds(&mut self, attribute: &'static str) -> Result<Option<u64>> {
        let seconds = self.count(attribute)?;
        if seconds.is_some_and(|seconds| seconds > END_OF_9999) {
            return Err(self.error(attribute, "a time after the year 9999"));
        }
        Ok(seconds)
    }

    /// A List of Strings in its own order, or a String Set in sorted order, since a set has none;
    /// empty if it is missing or NULL.
    pub(crate) fn strings(&mut self, attribute: &'static str) -> Result<Vec<String>> {
        let strings = match self.take(attribute) {
            None => Some(Vec::new()),
            Some(AttributeValue::Ss(mut set)) => {
                set.sort_unstable();
                Some(set)
            }
            Some(AttributeValue::L(list)) => {
                list.iter().map(|it| it.as_s().ok().cloned()).collect()
            }
            Some(_) => None,
        };
        strings.ok_or_else(|| self.error(attribute, "not a List of Strings or a String Set"))
    }

    /// The same as [`strings`](Self::strings), but a String with a space is an error (RFC 6749,
    /// section 3.3).
    pub(crate) fn scope_tokens(&mut self, attribute: &'static str) -> Result<Vec<String>> {
        let strings = self.strings(attribute)?;
        if strings.iter().any(|string| string.contains(' ')) {
            return Err(self.error(attribute, "a set with a space in a String"));
        }
        Ok(strings)
    }

    /// A Map; empty if it is missing or NULL.
    pub(crate) fn map(&mut self, attribute: &'static str) -> Result<Self> {
        let attributes = match self.take(attribute) {
            None => HashMap::new(),
            Some(AttributeValue::M(map)) => map,
            Some(_) => return Err(self.error(attribute, "not a Map or NULL")),
        };
        Ok(Self { attributes, parent: Some(attribute) })
    }

    /// A Map as a JSON object; `{}` if it is missing or NULL. `strings` come first, in this order, and
    /// are Strings or NULL; the other keys follow alphabetically.
    pub(crate) fn json_object(
        &mut self,
        attribute: &'static str,
        strings: &[&str],
    ) -> Result<Box<RawValue>> {
        let map = self.map(attribute)?;
        for key in strings {
            if !matches!(
                map.attributes.get(*key),
                None | Some(AttributeValue::S(_) | AttributeValue::Null(_))
            ) {
                return Err(map.error(key, "not a String or NULL"));
            }
        }
        to_raw_value(&JsonObject { map: &map.attributes, first_keys: strings })
            .map_err(|_| self.error(attribute, "a Map with a value that has no JSON form"))
    }

    /// The attribute's value, unless it is missing or NULL.
    fn take(&mut self, attribute: &str) -> Option<AttributeValue> {
        self.attributes.remove(attribute).filter(|value| !value.is_null())
    }

    fn time(&self, attribute: &str, text: String) -> Result<String> {
        match DateTime::from_str(&text, DateTimeWithOffset) {
            Ok(_) => Ok(text),
            Err(_) => Err(self.error(attribute, "not a time in the form of RFC 3339")),
        }
    }

    pub(crate) fn error(&self, attribute: &str, problem: &'static str) -> SchemaError {
        let path = match self.parent {
            Some(parent) => [parent, ".", attribute].concat(),
            None => attribute.to_owned(),
        };
        SchemaError { path, problem }
    }
}
