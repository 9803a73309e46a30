//! What `get-user` reads of API Gateway's event.
//!
//! `lambda_http::Request` is not used: it builds a URI from the path and a header, and panics on some
//! values.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    caller::{AuthorizerContext, Caller, InvalidCaller},
    gateway_event::{Headers, header_values, parse},
};

/// The parts of a request that its response depends on.
///
/// It is read from a proxy event of a REST API, or of an HTTP API in payload format 1.0 or 2.0
/// (API Gateway's guide, "Lambda proxy integrations").
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Request {
    /// `2.0` in payload format 2.0.
    version: Option<String>,
    http_method: Option<String>,
    /// Absent in payload format 2.0.
    path: Option<String>,
    /// Only in payload format 2.0.
    raw_path: Option<String>,
    headers: Headers,
    multi_value_headers: Headers,
    path_parameters: Option<PathParameters>,
    pub(crate) request_context: RequestContext,
}

#[derive(Deserialize)]
struct PathParameters {
    id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RequestContext {
    pub(crate) request_id: Option<String>,
    /// Unlike the request ID, a client cannot set it.
    pub(crate) extended_request_id: Option<String>,
    /// Read later, because an unusable authorizer context is a 401 and not an invalid event.
    authorizer: Option<Box<RawValue>>,
    http: Http,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Http {
    method: Option<String>,
}

/// The context of a Lambda authorizer in payload format 2.0.
#[derive(Deserialize)]
struct Authorizer {
    lambda: Box<RawValue>,
}

/// The event has no usable authorizer context.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum InvalidContext {
    /// There is none, or a value is missing or is not a string.
    #[error("the authorizer context, or a value of it, is missing or not a string")]
    Malformed,
    /// The values do not identify a caller.
    #[error("the authorizer context does not identify a caller")]
    Caller(#[from] InvalidCaller),
}

impl Request {
    /// The HTTP method.
    pub(crate) fn method(&self) -> &str {
        let method = self.http_method.as_ref().or(self.request_context.http.method.as_ref());
        method.map_or("", String::as_str)
    }

    /// The path parameter `id`. No other route of the API has it, so `None` means that the path is
    /// not one of this endpoint. A path that ends with a slash is not one either, although a REST
    /// API routes it here.
    pub(crate) fn user_id(&self) -> Option<&str> {
        let path = self.path.as_ref().or(self.raw_path.as_ref())?;
        if path.ends_with('/') {
            return None;
        }
        self.path_parameters.as_ref()?.id.as_deref()
    }

    /// The caller, from the authorizer context.
    pub(crate) fn caller(&self) -> Result<Caller, InvalidContext> {
        let json = self.request_context.authorizer.as_ref().map_or("null", |json| json.get());
        let context = if self.version.as_deref() == Some("2.0") {
            parse(json).and_then(|Authorizer { lambda }| parse(lambda.get()))
        } else {
            parse(json)
        };
        let context: AuthorizerContext = context.map_err(|_| InvalidContext::Malformed)?;
        Ok(Caller::parse(context)?)
    }

    /// Whether `If-None-Match` lists the entity tag, by weak comparison (RFC 9110, section 13.1.2).
    pub(crate) fn if_none_match(&self, etag: &str) -> bool {
        header_values(&self.multi_value_headers, &self.headers, "if-none-match")
            .iter()
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .any(|tag| tag == "*" || opaque_tag(tag) == opaque_tag(etag))
    }
}

/// An entity tag without the mark of a weak one.
fn opaque_tag(etag: &str) -> &str {
    etag.strip_prefix("W/").unwrap_or(etag)
}
