//! What both functions need to read API Gateway's events.

use std::{borrow::Cow, fmt, slice};

use lambda_runtime::{Diagnostic, LambdaEvent};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Value, error::Category, value::RawValue};

use crate::{
    log::{self, Level},
    meta::request_id,
};

/// The event's JSON is not an API Gateway event. The error has only the place of the problem,
/// because serde's own text may quote the event, which contains the API key.
#[derive(Debug, thiserror::Error)]
#[error("not an API Gateway event: {category:?} error at column {column}")]
pub struct InvalidEvent {
    category: Category,
    column: usize,
}

/// Reads the event of an invocation, and logs an error.
pub(crate) fn read<T: DeserializeOwned>(
    event: &LambdaEvent<Box<RawValue>>,
) -> Result<T, InvalidEvent> {
    parse(event.payload.get()).inspect_err(|error| {
        log::set_request_id(&request_id([None, None], &event.context.request_id));
        log::error(Level::Error, "invalid event", error);
    })
}

/// Reads JSON of an event.
pub(crate) fn parse<T: DeserializeOwned>(json: &str) -> Result<T, InvalidEvent> {
    // serde would also read a struct from an array.
    if !json.starts_with('{') {
        return Err(InvalidEvent { category: Category::Data, column: 1 });
    }
    serde_json::from_str(json)
        .map_err(|error| InvalidEvent { category: error.classify(), column: error.column() })
}

impl From<InvalidEvent> for Diagnostic {
    fn from(error: InvalidEvent) -> Self {
        Self { error_type: "InvalidEvent".to_owned(), error_message: error.to_string() }
    }
}

/// The names of the headers that the functions read.
const READ: [&str; 2] = ["authorization", "if-none-match"];

/// What the functions read of the event's `headers`, which have a value for each name, or of its
/// `multiValueHeaders`, which have a list. Names are spelled as the client sent them, so the same
/// name may occur in several spellings.
///
/// A map of all headers would be simpler, and takes 6 % more instructions of a warm
/// authorizer.
#[derive(Default)]
pub(crate) struct Headers(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HeadersVisitor)
    }
}

struct HeadersVisitor;

impl<'de> Visitor<'de> for HeadersVisitor {
    type Value = Headers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of headers or null")
    }

    fn visit_unit<E>(self) -> Result<Headers, E> {
        Ok(Headers::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
        let mut headers = Vec::new();
        while let Some(Name(name)) = map.next_key()? {
            if READ.iter().any(|read| read.eq_ignore_ascii_case(&name)) {
                headers.push((name.into_owned(), map.next_value()?));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Headers(headers))
    }
}

/// A name that is copied only if it is escaped.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl Headers {
    /// All values of a header, whose name may have any case.
    fn values(&self, name: &str) -> Vec<&str> {
        let headers = self.0.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        headers
            .flat_map(|(_, value)| value.as_array().map_or(slice::from_ref(value), Vec::as_slice))
            .filter_map(Value::as_str)
            .collect()
    }
}

/// All values of a header. Only `multiValueHeaders` has all of them; `headers` is read for events
/// without such a map: those of HTTP APIs, and those written by hand.
pub(crate) fn header_values<'a>(
    multi_value_headers: &'a Headers,
    headers: &'a Headers,
    name: &str,
) -> Vec<&'a str> {
    let values = multi_value_headers.values(name);
    if values.is_empty() { headers.values(name) } else { values }
}
