//! Items as DynamoDB writes them in JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::mark::mark;

/// An item, or a Map inside one.
pub type Item = BTreeMap<String, Attribute>;

/// An attribute value, such as `{"S":"text"}`.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Attribute {
    S(String),
    N(String),
    Bool(bool),
    Null(bool),
    L(Vec<Attribute>),
    M(Item),
    Ss(Vec<String>),
    Ns(Vec<String>),
    B(Bytes),
    Bs(Vec<Bytes>),
}

/// The bytes of a Binary. The functions read none, so one is enough.
#[derive(Deserialize, Serialize)]
pub enum Bytes {
    #[serde(rename = "AAEC")]
    Some,
}

impl Attribute {
    /// Marks all texts and Numbers.
    pub fn mark(&mut self) {
        match self {
            Self::S(text) | Self::N(text) => mark(text),
            Self::L(values) => values.iter_mut().for_each(Self::mark),
            Self::M(map) => map.values_mut().for_each(Self::mark),
            Self::Ss(set) | Self::Ns(set) => set.iter_mut().for_each(mark),
            Self::Bool(_) | Self::Null(_) | Self::B(_) | Self::Bs(_) => {}
        }
    }
}

/// The attribute value for JSON of the demo data.
impl From<Value> for Attribute {
    fn from(json: Value) -> Self {
        match json {
            Value::Null => Self::Null(true),
            Value::Bool(bool) => Self::Bool(bool),
            Value::Number(number) => Self::N(number.to_string()),
            Value::String(text) => Self::S(text),
            Value::Array(values) => Self::L(values.into_iter().map(Self::from).collect()),
            Value::Object(map) => {
                Self::M(map.into_iter().map(|(name, value)| (name, value.into())).collect())
            }
        }
    }
}
