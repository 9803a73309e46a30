//! Attribute values, and their JSON a second time.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use libfuzzer_sys::arbitrary::{self, Arbitrary, Result, Unstructured};
use regex_lite::Regex;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::regex;

/// An attribute value. serde reads and writes it as DynamoDB's own JSON, such as `{"S":"text"}`.
#[derive(Arbitrary, Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Attribute {
    S(Text),
    N(Number),
    #[serde(rename = "BOOL")]
    Bool(bool),
    #[serde(rename = "NULL")]
    Null(bool),
    L(Vec<Attribute>),
    M(Item),
    #[serde(rename = "SS")]
    Ss(Vec<Text>),
    #[serde(rename = "NS")]
    Ns(Vec<Number>),
    B(Binary),
    #[serde(rename = "BS")]
    Bs(Vec<Binary>),
}

/// An item, or a Map inside one.
pub type Item = BTreeMap<Text, Attribute>;

/// A String, a member of a set, or the name of an attribute.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Text(pub String);

/// A Number, whose JSON is a string: it could be any.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Number(pub String);

/// A Binary. The functions read none, so one is enough.
#[derive(Arbitrary, Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Binary {
    #[serde(rename = "AAEC")]
    Bytes,
}

/// DynamoDB's guide, "Supported data types".
const MAX_DEPTH: usize = 32;

/// What the functions read, so that an arbitrary item has more than unknown attributes.
const NAMES: &[&str] = &[
    "id",
    "email",
    "name",
    "company",
    "role",
    "department",
    "phone",
    "account_id",
    "status",
    "created_time",
    "last_login",
    "permissions",
    "activity_stats",
    "total_calls_made",
    "total_emails_sent",
    "total_callouts_created",
    "last_activity",
    "metadata",
    "subscription_plan",
    "timezone",
    "language",
    "key_hash",
    "key_id",
    "hint",
    "user_id",
    "scopes",
    "expires_at",
    "revoked_time",
    "successor_id",
];

/// A time in the form that the users table needs.
const TIME: &str = "2024-01-15T10:30:00Z";

impl Arbitrary<'_> for Text {
    fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        if u.ratio(1, 8)? {
            Ok(Self(TIME.to_owned()))
        } else if u.ratio(3, 4)? {
            Ok(Self((*u.choose(NAMES)?).to_owned()))
        } else {
            u.arbitrary().map(Self)
        }
    }
}

impl Arbitrary<'_> for Number {
    fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        let digits = u.arbitrary_iter()?.map(|byte: Result<u8>| {
            let symbols = b"0123456789012345678901234567890-+.eE \"";
            byte.map(|byte| char::from(symbols[usize::from(byte) % symbols.len()]))
        });
        digits.collect::<Result<_>>().map(Self)
    }
}

/// An item: DynamoDB's JSON of one, or arbitrary attributes and those that are required. `None` for
/// other JSON, and for what is nested deeper than DynamoDB allows.
pub fn item(data: &[u8], names: &[&str]) -> Option<Item> {
    let item: Item = if data.starts_with(b"{") {
        serde_json::from_slice(data).ok()?
    } else {
        let mut item: Item = Unstructured::new(data).arbitrary().ok()?;
        for name in names {
            item.entry(Text::from(*name)).or_insert(Attribute::S(Text::from(required(name))));
        }
        item
    };
    item.values().all(|value| value.depth() < MAX_DEPTH).then_some(item)
}

/// A String that this attribute may have.
pub fn required(name: &str) -> &'static str {
    if name.ends_with("_time") { TIME } else { "user_1" }
}

/// An attribute value that is written as this JSON, or an arbitrary one. `None` for what is nested
/// deeper than DynamoDB allows.
pub fn value(data: &[u8]) -> Option<Attribute> {
    let value = match serde_json::from_slice(data) {
        Ok(json) => from_json(json)?,
        Err(_) if data.starts_with(b"{") => return None,
        Err(_) => Unstructured::new(data).arbitrary().ok()?,
    };
    (value.depth() < MAX_DEPTH).then_some(value)
}

/// An attribute value that is written as this JSON. `None` for JSON that serde does not read.
pub fn from_json(json: &RawValue) -> Option<Attribute> {
    let json = json.get();
    Some(match json.as_bytes().first()? {
        b'{' => {
            let map: BTreeMap<Text, &RawValue> = serde_json::from_str(json).ok()?;
            let map = map.into_iter().map(|(key, value)| Some((key, from_json(value)?)));
            Attribute::M(map.collect::<Option<_>>()?)
        }
        b'[' => {
            let list: Vec<&RawValue> = serde_json::from_str(json).ok()?;
            Attribute::L(list.into_iter().map(from_json).collect::<Option<_>>()?)
        }
        b'"' => Attribute::S(serde_json::from_str(json).ok()?),
        b't' | b'f' => Attribute::Bool(json == "true"),
        b'n' => Attribute::Null(true),
        _ => Attribute::N(Number(json.to_owned())),
    })
}

impl Attribute {
    /// The JSON that the functions must write, `None` if there is none. The keys in `first` come
    /// first in a Map.
    pub fn json(&self, first: &[&str]) -> Option<String> {
        let quoted = |text: &Text| serde_json::to_string(text).ok();
        let list = |values: Option<Vec<String>>| Some(format!("[{}]", values?.join(",")));
        match self {
            Self::S(text) => quoted(text),
            Self::N(number) => number.json(),
            Self::Bool(bool) => Some(bool.to_string()),
            Self::Null(_) => Some("null".to_owned()),
            Self::L(values) => list(values.iter().map(|value| value.json(&[])).collect()),
            Self::M(map) => {
                let mut members = map.clone();
                let first =
                    first.iter().filter_map(|key| members.remove_entry(&Text((*key).to_owned())));
                let members = first.collect::<Vec<_>>().into_iter().chain(members);
                let members = members
                    .map(|(key, value)| Some(format!("{}:{}", quoted(&key)?, value.json(&[])?)));
                Some(format!("{{{}}}", members.collect::<Option<Vec<_>>>()?.join(",")))
            }
            Self::Ss(set) => list(sorted(set).map(quoted).collect()),
            Self::Ns(set) => list(sorted(set).map(Number::json).collect()),
            Self::B(_) | Self::Bs(_) => None,
        }
    }

    /// The same for the SDK.
    pub fn sdk(&self) -> AttributeValue {
        let text = |Text(text): &Text| text.clone();
        let digits = |Number(digits): &Number| digits.clone();
        match self {
            Self::S(value) => AttributeValue::S(text(value)),
            Self::N(number) => AttributeValue::N(digits(number)),
            Self::Bool(bool) => AttributeValue::Bool(*bool),
            Self::Null(bool) => AttributeValue::Null(*bool),
            Self::L(values) => AttributeValue::L(values.iter().map(Self::sdk).collect()),
            Self::M(map) => AttributeValue::M(sdk(map)),
            Self::Ss(set) => AttributeValue::Ss(set.iter().map(text).collect()),
            Self::Ns(set) => AttributeValue::Ns(set.iter().map(digits).collect()),
            Self::B(_) => AttributeValue::B(Blob::new([0, 1, 2])),
            Self::Bs(set) => AttributeValue::Bs(set.iter().map(|_| Blob::new([0, 1, 2])).collect()),
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::L(values) => values.iter().map(Self::depth).max().map_or(1, |depth| depth + 1),
            Self::M(map) => map.values().map(Self::depth).max().map_or(1, |depth| depth + 1),
            _ => 0,
        }
    }
}

/// An item for the SDK.
pub fn sdk(item: &Item) -> HashMap<String, AttributeValue> {
    item.iter().map(|(Text(name), value)| (name.clone(), value.sdk())).collect()
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

fn sorted<T: Ord>(set: &[T]) -> impl Iterator<Item = &T> {
    let mut sorted: Vec<_> = set.iter().collect();
    sorted.sort();
    sorted.into_iter()
}

/// A number in JSON (RFC 8259, section 6). White space after it is ignored.
static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)[ \t\n\r]*$"));

static COUNT: LazyLock<Regex> = LazyLock::new(|| regex("^([+]?[0-9]+|-0+)$"));

/// The largest `int64` of a client.
const MAX_COUNT: u64 = (1 << 63) - 1;

impl Number {
    /// The number, if it counts something.
    pub fn count(&self) -> Option<u64> {
        let digits = self.0.trim_start_matches('-');
        COUNT.is_match(&self.0).then(|| digits.parse().ok())?.filter(|count| *count <= MAX_COUNT)
    }

    fn json(&self) -> Option<String> {
        NUMBER.captures(&self.0).map(|parts| parts[1].to_owned())
    }
}
