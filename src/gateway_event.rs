//! What both functions need to read API Gateway's events.

use std::{borrow::Cow, fmt};

use lambda_runtime::Diagnostic;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Value, error::Category, value::RawValue};

/// The event's JSON is not an API Gateway event. The error has only the place of the problem,
/// because serde's own text may quote the event, which contains the API key.
#[derive(Debug, thiserror::Error)]
#[error("not an API Gateway event: {category:?} error at column {column}")]
pub struct InvalidEvent {
    category: Category,
    column: usize,
}

/// An event that API Gateway invokes a function with.
pub(crate) trait GatewayEvent: DeserializeOwned {
    /// The HTTP method; `None` if the event has none.
    fn method(&self) -> Option<&str>;

    /// The `requestContext`.
    fn request_context(&self) -> &RequestContext;
}

/// What the functions read of an event's `requestContext`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RequestContext {
    extended_request_id: Option<String>,
    request_id: Option<String>,
    /// Read later, because an unusable authorizer context is a 401 and not an invalid event.
    pub(crate) authorizer: Option<Box<RawValue>>,
    /// Only in payload format 2.0.
    pub(crate) http: Http,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Http {
    pub(crate) method: Option<String>,
}

impl RequestContext {
    /// The gateway's IDs of the request. A REST API's extended ID comes first. The access log and the
    /// gateway's own responses have it too, and a client cannot choose it, unlike `$context.requestId`
    /// (API Gateway's guide, "Access logging for REST APIs").
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        [&self.extended_request_id, &self.request_id].into_iter().flatten().map(String::as_str)
    }
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

/// The headers that the functions read, each with all of its values. They come from the event's
/// `headers`, which have a value for each name, or from its `multiValueHeaders`, which have a list.
/// Names are spelled as the client sent them, so the same name may occur in several spellings.
///
/// A map of all headers would be simpler, and takes 6 % more instructions of a warm
/// authorizer.
#[derive(Default)]
pub(crate) struct Headers {
    pub(crate) authorization: Vec<String>,
    pub(crate) if_none_match: Vec<String>,
}

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
                Value::Array(list) => {
                    values.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                _ => {}
            }
        }
        Ok(headers)
    }
}

/// A name that is copied only if it is escaped.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The values of a header. Only `multiValueHeaders` has all of them; `headers` is read for events
/// without such a map: those of HTTP APIs, and those written by hand.
pub(crate) fn header_values<'a>(
    multi_value: &'a [String],
    single_value: &'a [String],
) -> &'a [String] {
    if multi_value.is_empty() { single_value } else { multi_value }
}
