//! What a web page in a browser on this machine must not do.

use axum::{
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

const FOREIGN_HOST: &str =
    "cargo local: use an IP address, localhost, or a name without a dot instead of this host\n";
const ORIGIN: &str =
    "cargo local: DynamoDB is not for a web page, so no request may have an Origin\n";
/// Nobody can own a name in these domains (RFC 6761, RFC 6762, and ICANN's decision on `internal`).
const RESERVED: [&str; 4] = ["internal", "local", "localhost", "test"];

/// Refuses a host that somebody may own. The owner can let the name lead to this machine after a
/// browser loaded a page from it: then the page may read what this machine serves.
pub(crate) async fn refuse_foreign_hosts(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_none_or(is_local) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, FOREIGN_HOST).into_response()
    }
}

/// Refuses a request that a web page sends. Browsers add `Origin` to every `POST`.
pub(crate) async fn refuse_origins(request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::ORIGIN) {
        (StatusCode::FORBIDDEN, ORIGIN).into_response()
    } else {
        next.run(request).await
    }
}

fn is_local(host: &str) -> bool {
    // Of an IPv6 address this is the bracket.
    let name = host.split(':').next().unwrap_or_default().trim_end_matches('.');
    let is_reserved = |domain: &str| RESERVED.iter().any(|it| it.eq_ignore_ascii_case(domain));
    name.parse::<std::net::Ipv4Addr>().is_ok()
        || name.rsplit_once('.').is_none_or(|(_, domain)| is_reserved(domain))
}
