//! What every response must have.

use axum::{body::Bytes, http::HeaderMap};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::Value;

/// Headers that say nothing about the response.
const TRANSPORT: [&str; 4] = ["content-length", "date", "x-amz-apigw-id", "x-amzn-requestid"];

/// A response as it arrived.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// When its request was sent.
    pub(crate) sent: DateTime<Utc>,
}

/// What the envelope has beside `meta`. A response without a body has neither.
#[derive(Default)]
pub(crate) struct Content {
    pub(crate) data: Option<Value>,
    pub(crate) error: Option<ErrorBody>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErrorBody {
    pub(crate) code: String,
    pub(crate) message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    success: bool,
    data: Option<Value>,
    error: Option<ErrorBody>,
    meta: Meta,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meta {
    timestamp: Option<String>,
    request_id: String,
}

impl Response {
    /// Reads the envelope. `None` if it, or a header, is not as in every response.
    pub(crate) fn content(&self, has_body: bool) -> Option<Content> {
        let request_id = format!("req_{}", self.header("x-amz-apigw-id")?);
        if !self.has_the_headers(&request_id) {
            return None;
        }
        if !has_body {
            return self.body.is_empty().then(Content::default);
        }
        let Envelope { success, data, error, meta } = serde_json::from_slice(&self.body).ok()?;
        let is_timed = match &meta.timestamp {
            Some(timestamp) => self.is_by_a_function() && self.is_its_time(timestamp),
            None => !self.is_by_a_function(),
        };
        let is_envelope = data.is_some() == success
            && error.is_some() != success
            && is_timed
            && meta.request_id == request_id;
        is_envelope.then_some(Content { data, error })
    }

    /// Whether a function made it, or gave the gateway its ID and time. Otherwise the gateway made it
    /// by itself.
    pub(crate) fn is_by_a_function(&self) -> bool {
        self.headers.contains_key("x-request-id")
    }

    /// The value of a header that occurs once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    }

    /// Whether the body has a user, whatever else is wrong with it.
    pub(crate) fn shows_a_user(&self) -> bool {
        String::from_utf8_lossy(&self.body).contains("\"email\"")
    }

    /// Whether it has all headers of its status, and no other.
    fn has_the_headers(&self, request_id: &str) -> bool {
        let mut expected =
            vec![("content-type", "application/json"), ("x-content-type-options", "nosniff")];
        let is_cacheable = matches!(self.status, 200 | 304);
        expected
            .push(("cache-control", if is_cacheable { "private, no-cache" } else { "no-store" }));
        if self.is_by_a_function() || !matches!(self.status, 500 | 503) {
            expected.push(("x-request-id", request_id));
        }
        match self.status {
            200 | 304 => expected.push(("etag", self.header("etag").unwrap_or_default())),
            401 => expected.push(("www-authenticate", "Bearer")),
            405 => expected.push(("allow", "GET, HEAD")),
            503 => expected.push(("retry-after", "1")),
            _ => {}
        }
        let headers = self.headers.iter().filter(|(name, _)| !TRANSPORT.contains(&name.as_str()));
        let headers =
            headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()));
        let mut headers: Vec<_> = headers.collect();
        headers.sort_unstable();
        expected.sort_unstable();
        headers == expected
    }

    /// Whether it is a time between the request and now, in whole seconds.
    fn is_its_time(&self, timestamp: &str) -> bool {
        let time = NaiveDateTime::parse_from_str(timestamp, "%Y-%m-%dT%H:%M:%SZ");
        let time = time.map(|time| time.and_utc());
        time.is_ok_and(|time| self.sent - TimeDelta::seconds(1) < time && time <= Utc::now())
    }
}
