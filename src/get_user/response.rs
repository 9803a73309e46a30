//! The response: status, envelope and headers.

use lambda_http::{
    aws_lambda_events::{apigw::ApiGatewayProxyResponse, encodings::Body},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
};
use ring::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    dynamodb::TableError,
    get_user::{error::Error, user::User},
    meta::Meta,
};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A response, before it is converted to what API Gateway expects.
pub(crate) struct Response {
    pub(crate) status: StatusCode,
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

#[derive(Serialize)]
struct Success<'a> {
    success: bool,
    data: &'a RawValue,
    meta: &'a Meta,
}

#[derive(Serialize)]
struct Failure<'a> {
    success: bool,
    error: ErrorBody,
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
        let body = json(&Success { success: true, data: &user.data, meta });
        Self::new(StatusCode::OK, None, body, meta).caching(&user.etag)
    }

    /// 304: the client has the user already.
    pub(crate) fn not_modified(etag: &str, meta: &Meta) -> Self {
        Self::new(StatusCode::NOT_MODIFIED, None, String::new(), meta).caching(etag)
    }

    /// An error: the only place that gives an error its status.
    pub(crate) fn error(error: &Error, meta: &Meta) -> Self {
        let (status, code, message) = match error {
            Error::RouteNotFound => (StatusCode::NOT_FOUND, "NOT_FOUND", "Route not found"),
            Error::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "Method not allowed")
            }
            Error::Unauthorized(_) => {
                (StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Invalid or missing API key")
            }
            Error::InvalidUserId(_) => {
                (StatusCode::BAD_REQUEST, "INVALID_REQUEST", "Invalid user ID format")
            }
            Error::Forbidden => (
                StatusCode::FORBIDDEN,
                "FORBIDDEN",
                "You don't have permission to access this user",
            ),
            Error::UserNotFound => (StatusCode::NOT_FOUND, "NOT_FOUND", "User not found"),
            Error::Table(TableError::Unavailable(_)) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "SERVICE_UNAVAILABLE",
                "Service temporarily unavailable",
            ),
            Error::Table(_) | Error::Schema(_) | Error::Serialize(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "Internal server error")
            }
        };
        let failure = Failure { success: false, error: ErrorBody { code, message }, meta };
        let response = Self::new(status, Some(code), json(&failure), meta);
        match status {
            StatusCode::METHOD_NOT_ALLOWED => response.header(ALLOW, "GET, HEAD"),
            StatusCode::UNAUTHORIZED => response.header(WWW_AUTHENTICATE, "Bearer"),
            StatusCode::SERVICE_UNAVAILABLE => response.header(RETRY_AFTER, "1"),
            _ => response,
        }
    }

    /// The response to a `HEAD` request.
    pub(crate) fn without_body(mut self) -> Self {
        self.body.clear();
        self
    }

    fn new(status: StatusCode, code: Option<&'static str>, body: String, meta: &Meta) -> Self {
        Self { status, code, headers: HeaderMap::new(), body }
            .header(CONTENT_TYPE, "application/json")
            .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
            .header(CACHE_CONTROL, "no-store")
            .header(X_REQUEST_ID, &meta.request_id)
    }

    fn caching(self, etag: &str) -> Self {
        self.header(CACHE_CONTROL, "private, no-cache").header(ETAG, etag)
    }

    fn header(mut self, name: HeaderName, value: &str) -> Self {
        // Never an error: every value is a constant, a hash or a plain token.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

/// REST APIs and HTTP APIs accept this response, the latter in both payload formats.
impl From<Response> for ApiGatewayProxyResponse {
    fn from(response: Response) -> Self {
        let mut proxy = Self::default();
        proxy.status_code = i64::from(response.status.as_u16());
        proxy.headers = response.headers;
        proxy.body = Some(Body::Text(response.body));
        proxy
    }
}

/// Never an error: the values are strings and JSON.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
