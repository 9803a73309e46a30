//! The answers: the table of statuses, the envelope and the headers of the API page.

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
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{dynamodb::TableError, error::Error, meta::Meta, users_table::FindError};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An answer, before it takes the shape that API Gateway wants.
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    /// The error's code; none where there is no error.
    pub(crate) code: Option<&'static str>,
    headers: HeaderMap,
    body: String,
}

/// A user as JSON, with its entity tag.
pub(crate) struct Representation {
    pub(crate) data: Box<RawValue>,
    pub(crate) etag: String,
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

    /// The answer to a request that went wrong: the one place where an error gets its status.
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
            Error::Find(FindError::Table(TableError::Unavailable(_))) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "SERVICE_UNAVAILABLE",
                "Service temporarily unavailable",
            ),
            Error::Find(_) | Error::Serialize(_) => {
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

    /// The same answer to a `HEAD`: no body.
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
        // Every value is a constant, a hash, or a plain token: none can fail to be a header.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

/// Read alike by REST APIs and by HTTP APIs in both payload formats.
impl From<Response> for ApiGatewayProxyResponse {
    fn from(response: Response) -> Self {
        let mut proxy = Self::default();
        proxy.status_code = i64::from(response.status.as_u16());
        proxy.headers = response.headers;
        proxy.body = Some(Body::Text(response.body));
        proxy
    }
}

/// Strings and JSON that is one already: nothing in here can fail to be written.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
