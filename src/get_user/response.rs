//! The response: status, envelope and headers.

use lambda_http::{
    aws_lambda_events::{apigw::ApiGatewayProxyResponse, encodings::Body},
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use ring::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_with::skip_serializing_none;

use crate::{
    dynamodb::TableError,
    get_user::{error::Error, user::User},
    meta::Meta,
};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A response, before it is converted to what API Gateway expects.
pub(crate) struct Response {
    pub(crate) status: u16,
    /// The error's code; `None` on success.
    pub(crate) code: Option<&'static str>,
    headers: HeaderMap,
    body: String,
}

/// A user as JSON, with its entity tag.
pub(crate) struct Representation {
    data: Box<RawValue>,
    pub(crate) etag: String,
}

impl Representation {
    /// The entity tag is a hash of the user. It is weak, because the body also has `meta`, which
    /// differs in each response (RFC 9110, section 8.8.1).
    pub(crate) fn new(user: &User) -> Result<Self, serde_json::Error> {
        let data = to_raw_value(user)?;
        let digest = const_hex::encode(digest(&SHA256, data.get().as_bytes()));
        Ok(Self { data, etag: format!("W/\"{digest}\"") })
    }
}

/// The body of every response: `data` on success, else `error`.
#[skip_serializing_none]
#[derive(Serialize)]
struct Envelope<'a> {
    success: bool,
    data: Option<&'a RawValue>,
    error: Option<ErrorBody>,
    meta: &'a Meta,
}

#[derive(Serialize)]
struct ErrorBody {
    code: &'static str,
    message: &'static str,
}

impl Response {
    /// 200 with the user.
    pub(crate) fn ok(user: &Representation, meta: &Meta) -> Self {
        let envelope = Envelope { success: true, data: Some(&user.data), error: None, meta };
        Self::new(200, meta).caching(&user.etag).body(&envelope)
    }

    /// 304: the client has the user already.
    pub(crate) fn not_modified(etag: &str, meta: &Meta) -> Self {
        Self::new(304, meta).caching(etag)
    }

    /// An error: the only place that gives an error its status.
    pub(crate) fn error(error: &Error, meta: &Meta) -> Self {
        let (status, code, message) = match error {
            Error::RouteNotFound => (404, "NOT_FOUND", "Route not found"),
            Error::MethodNotAllowed => (405, "METHOD_NOT_ALLOWED", "Method not allowed"),
            Error::Unauthorized(_) => (401, "UNAUTHORIZED", "Invalid or missing API key"),
            Error::InvalidUserId(_) => (400, "INVALID_REQUEST", "Invalid user ID format"),
            Error::Forbidden => (403, "FORBIDDEN", "You don't have permission to access this user"),
            Error::UserNotFound => (404, "NOT_FOUND", "User not found"),
            Error::Table(TableError::Unavailable(_) | TableError::Unparsable(_)) => {
                (503, "SERVICE_UNAVAILABLE", "Service temporarily unavailable")
            }
            Error::Table(_) | Error::Schema(_) | Error::Serialize(_) => {
                (500, "INTERNAL_ERROR", "Internal server error")
            }
        };
        let error = Some(ErrorBody { code, message });
        let envelope = Envelope { success: false, data: None, error, meta };
        let response = Self { code: Some(code), ..Self::new(status, meta).body(&envelope) };
        match status {
            401 => response.header(header::WWW_AUTHENTICATE, "Bearer"),
            405 => response.header(header::ALLOW, "GET, HEAD"),
            503 => response.header(header::RETRY_AFTER, "1"),
            _ => response,
        }
    }

    /// The response to a `HEAD` request.
    pub(crate) fn without_body(mut self) -> Self {
        self.body.clear();
        self
    }

    /// A response without a body, and so without a content type (RFC 9110, section 15.4.5).
    fn new(status: u16, meta: &Meta) -> Self {
        Self { status, code: None, headers: HeaderMap::new(), body: String::new() }
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .header(header::CACHE_CONTROL, "no-store")
            .header(X_REQUEST_ID, &meta.request_id)
    }

    #[expect(clippy::expect_used, reason = "the values are strings and JSON")]
    fn body(self, envelope: &Envelope<'_>) -> Self {
        let body = serde_json::to_string(envelope).expect("an envelope as JSON");
        Self { body, ..self.header(header::CONTENT_TYPE, "application/json") }
    }

    fn caching(self, etag: &str) -> Self {
        self.header(header::CACHE_CONTROL, "private, no-cache").header(header::ETAG, etag)
    }

    #[expect(clippy::expect_used, reason = "every value is a constant, a hash or a plain token")]
    fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.insert(name, HeaderValue::from_str(value).expect("a header's value"));
        self
    }
}

/// REST APIs and HTTP APIs accept this response, the latter in both payload formats.
impl From<Response> for ApiGatewayProxyResponse {
    fn from(response: Response) -> Self {
        let mut proxy = Self::default();
        proxy.status_code = i64::from(response.status);
        proxy.headers = response.headers;
        proxy.body = Some(Body::Text(response.body));
        proxy
    }
}
