//! The response of a function, as an HTTP response (API Gateway's guide, "Output format of a Lambda
//! function for proxy integration").

use std::collections::HashMap;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProxyResponse {
    status_code: u16,
    #[serde(default)]
    headers: Option<HashMap<String, Value>>,
    #[serde(default)]
    multi_value_headers: Option<HashMap<String, Vec<Value>>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default, rename = "isBase64Encoded")]
    _is_base64_encoded: bool,
}

/// The HTTP response. `None` if the function's response is not a proxy response, or its status is not an
/// HTTP status.
pub(crate) fn http_response(response: Value) -> Option<Response<Body>> {
    let proxy = ProxyResponse::deserialize(response).ok()?;
    let mut response = Response::new(Body::from(proxy.body.unwrap_or_default()));
    *response.status_mut() = StatusCode::from_u16(proxy.status_code).ok()?;
    let multi = proxy.multi_value_headers.unwrap_or_default();
    let multi = multi
        .into_iter()
        .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)));
    let single = proxy.headers.unwrap_or_default().into_iter();
    for (name, value) in single.chain(multi) {
        // API Gateway renames this one (its guide, "Important notes for REST APIs").
        let name = if name.eq_ignore_ascii_case(header::WWW_AUTHENTICATE.as_str()) {
            "x-amzn-remapped-www-authenticate".to_owned()
        } else {
            name
        };
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    Some(response)
}
