//! The response of a function, as an HTTP response (API Gateway's guide, "Output format of a Lambda
//! function for proxy integration").

use std::collections::HashMap;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header::WWW_AUTHENTICATE},
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProxyResponse {
    status_code: u16,
    headers: HashMap<String, String>,
    multi_value_headers: HashMap<String, Value>,
    body: String,
}

/// The HTTP response. `None` if the function's response is not one that this project's functions send,
/// although API Gateway accepts more: several values of a header, for example.
pub(crate) fn http_response(response: Value) -> Option<Response<Body>> {
    let proxy = ProxyResponse::deserialize(response).ok();
    let proxy = proxy.filter(|it| it.multi_value_headers.is_empty())?;
    let mut response = Response::new(Body::from(proxy.body));
    *response.status_mut() = StatusCode::from_u16(proxy.status_code).ok()?;
    for (name, value) in proxy.headers {
        let mut name = HeaderName::try_from(name).ok()?;
        // API Gateway renames this one (its guide, "Important notes for REST APIs").
        if name == WWW_AUTHENTICATE {
            name = HeaderName::from_static("x-amzn-remapped-www-authenticate");
        }
        response.headers_mut().insert(name, HeaderValue::try_from(value).ok()?);
    }
    Some(response)
}
