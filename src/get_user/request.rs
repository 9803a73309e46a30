//! What `get-user` reads of API Gateway's event.
//!
//! `lambda_http::Request` is not used: it builds a URI from the path and a header, and panics on some
//! values.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    caller::{AuthorizerContext, InvalidCaller},
    gateway_event::{GatewayEvent, Headers, RequestContext, header_values, parse},
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
    request_context: RequestContext,
}

#[derive(Deserialize)]
struct PathParameters {
    id: Option<String>,
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

impl GatewayEvent for Request {
    fn method(&self) -> Option<&str> {
        let method = self.http_method.as_ref().or(self.request_context.http.method.as_ref());
        method.map(String::as_str)
    }

    fn request_context(&self) -> &RequestContext {
        &self.request_context
    }
}

impl Request {
    /// Whether the path is one of this endpoint. A path that ends with a slash is not, although a REST
    /// API routes it here.
    pub(crate) fn is_route(&self) -> bool {
        let path = self.path.as_ref().or(self.raw_path.as_ref());
        path.is_some_and(|path| !path.ends_with('/')) && self.id().is_some()
    }

    /// The path parameter `id`. No other route of the API has it.
    pub(crate) fn id(&self) -> Option<&str> {
        self.path_parameters.as_ref()?.id.as_deref()
    }

    /// The authorizer context.
    pub(crate) fn context(&self) -> Result<AuthorizerContext, InvalidContext> {
        let json = self.request_context.authorizer.as_ref().map_or("null", |json| json.get());
        let context = if self.version.as_deref() == Some("2.0") {
            parse(json).and_then(|Authorizer { lambda }| parse(lambda.get()))
        } else {
            parse(json)
        };
        context.map_err(|_| InvalidContext::Malformed)
    }

    /// Whether `If-None-Match` is `*` or lists the entity tag, by weak comparison (RFC 9110, section
    /// 13.1.2).
    pub(crate) fn if_none_match(&self, etag: &str) -> bool {
        let opaque_tag = etag.trim_start_matches("W/").trim_matches('"');
        header_values(&self.multi_value_headers.if_none_match, &self.headers.if_none_match)
            .iter()
            .any(|value| value.trim() == "*" || lists(value, opaque_tag))
    }
}

/// Whether the list of entity tags has this one. Every second part between quotation marks is a
/// tag, because a tag has none, but may have a comma (RFC 9110, section 8.8.3).
fn lists(value: &str, opaque_tag: &str) -> bool {
    let parts: Vec<_> = value.split('"').collect();
    parts.windows(3).step_by(2).any(|part| match part {
        [before, tag, _] if *tag == opaque_tag => {
            matches!(before.rsplit(',').next().map(str::trim), Some("" | "W/"))
        }
        _ => false,
    })
}
