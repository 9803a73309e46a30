//! What a web page in a browser on this machine must not do.

use axum::{
    extract::Request,
    http::{StatusCode, header::ORIGIN},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Refuses a request that a web page sends. Browsers add `Origin` to every `POST` (Fetch standard,
/// "HTTP extensions").
pub(crate) async fn refuse(request: Request, next: Next) -> Response {
    if request.headers().contains_key(ORIGIN) {
        let text = "cargo local: DynamoDB is not for web pages: send the request without Origin\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    next.run(request).await
}
