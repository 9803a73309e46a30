//! What `get-user` reads of API Gateway's event.
//!
//! Read by hand rather than as `lambda_http::Request`: that one builds a URI of the path and of
//! the `Host` header, and panics where the client sent one that is no URI.

use lambda_http::lambda_runtime::Diagnostic;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    caller::{AuthorizerContext, Caller, InvalidCaller},
    headers::Headers,
};

/// The parts of a request that its answer depends on.
///
/// From a proxy event of a REST API or of an HTTP API in payload format 1.0 or 2.0 (API Gateway's
/// guide, "Lambda proxy integrations").
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Request {
    /// `2.0`, or one of the other two formats.
    version: Option<String>,
    http_method: Option<String>,
    /// Of a REST API, or of payload format 1.0.
    path: Option<String>,
    /// Of payload format 2.0.
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

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RequestContext {
    request_id: Option<String>,
    /// Kept as it is: what is wrong in here is a 401 and not a broken event.
    authorizer: Option<Box<RawValue>>,
    http: Http,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Http {
    method: Option<String>,
}

/// The event is none of API Gateway's.
#[derive(Debug, thiserror::Error)]
#[error("the event is no API Gateway proxy event: {category:?} error in column {column}")]
pub struct InvalidEvent {
    category: serde_json::error::Category,
    column: usize,
}

impl From<InvalidEvent> for Diagnostic {
    fn from(error: InvalidEvent) -> Self {
        Self { error_type: "InvalidEvent".to_owned(), error_message: error.to_string() }
    }
}

/// There is no caller in the authorizer context.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum InvalidContext {
    /// The route has no authorizer.
    #[error("the event has no authorizer context")]
    Missing,
    /// A value is missing or is no string.
    #[error("the authorizer context lacks a value, or has one that is no string")]
    Malformed,
    /// The values name no caller.
    #[error("the authorizer context is no caller's")]
    Caller(#[from] InvalidCaller),
}

impl Request {
    /// Reads the event's JSON.
    pub fn parse(event: &str) -> Result<Self, InvalidEvent> {
        // Of serde's error only the place: its text would quote the event.
        serde_json::from_str(event)
            .map_err(|error| InvalidEvent { category: error.classify(), column: error.column() })
    }

    /// The gateway's ID of this request.
    pub fn id(&self) -> Option<&str> {
        self.request_context.request_id.as_deref()
    }

    /// The method, in upper case as HTTP has it.
    pub fn method(&self) -> &str {
        let method = self.http_method.as_ref().or(self.request_context.http.method.as_ref());
        method.map_or("", String::as_str)
    }

    /// The `{id}` of the path. No other route of the API has such a parameter, so `None` means
    /// that the path is not this endpoint's. Nor is one with a slash at its end, which a REST API
    /// routes here.
    pub fn user_id(&self) -> Option<&str> {
        let path = self.path.as_ref().or(self.raw_path.as_ref())?;
        if path.ends_with('/') {
            return None;
        }
        self.path_parameters.as_ref()?.id.as_deref()
    }

    /// Who asks, by the authorizer's word.
    pub fn caller(&self) -> Result<Caller, InvalidContext> {
        let json = self.request_context.authorizer.as_ref().ok_or(InvalidContext::Missing)?.get();
        // A struct could be read from an array as well.
        if !json.starts_with('{') {
            return Err(InvalidContext::Malformed);
        }
        let context = if self.version.as_deref() == Some("2.0") {
            #[derive(Deserialize)]
            struct Authorizer {
                lambda: AuthorizerContext,
            }
            serde_json::from_str(json).map(|Authorizer { lambda }| lambda)
        } else {
            serde_json::from_str(json)
        };
        Ok(Caller::parse(context.map_err(|_| InvalidContext::Malformed)?)?)
    }

    /// Whether `If-None-Match` names `etag`, by weak comparison (RFC 9110, section 13.1.2).
    pub fn has_match(&self, etag: &str) -> bool {
        Headers::if_none_match(&self.multi_value_headers, &self.headers)
            .iter()
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_none_match_is_a_list_of_tags() {
        let has_match = |value: &str| {
            let event = serde_json::json!({ "headers": { "If-None-Match": value } });
            Request::parse(&event.to_string()).unwrap().has_match("\"a\"")
        };
        for yes in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\"", "*", " \"a\" "] {
            assert!(has_match(yes), "{yes}");
        }
        for no in ["", "a", "\"A\"", "\"b\"", "w/\"a\"", "\"a", "**"] {
            assert!(!has_match(no), "{no}");
        }
    }

    #[test]
    fn an_authorizer_context_of_another_shape_is_no_caller() {
        for authorizer in [
            "null",
            "true",
            "7",
            "\"key_1\"",
            "[]",
            r#"["key_1", "acc_1", null, "users:read:all"]"#,
            "{}",
            r#"{"key_id": 7, "account_id": "acc_1"}"#,
            r#"{"key_id": "key_1", "account_id": true}"#,
            r#"{"key_id": "key_1", "account_id": null}"#,
            r#"{"key_id": "key_1", "account_id": "acc_1", "scopes": 1}"#,
            r#"{"key_id": "key_1", "account_id": "acc_1", "scopes": ["users:read:all"]}"#,
            r#"{"key_id": "key_1", "account_id": "acc_1", "account_id": "acc_2"}"#,
            r#"{"lambda": {"key_id": "key_1", "account_id": "acc_1"}}"#,
        ] {
            let event = format!(r#"{{"requestContext": {{"authorizer": {authorizer}}}}}"#);
            assert!(Request::parse(&event).unwrap().caller().is_err(), "{authorizer}");
        }
    }

    #[test]
    fn an_error_does_not_quote_the_event() {
        let event = r#"{"headers": {}, "requestContext": "secret"}"#;
        let Err(error) = Request::parse(event) else { panic!("parsed") };
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
