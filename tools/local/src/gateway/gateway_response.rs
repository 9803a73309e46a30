//! Responses that the gateway makes (API Gateway's guide, "Gateway response types").

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header::CONTENT_TYPE},
};
use serde_json::Value;

use super::definition::Definition;

const JSON: &str = "application/json";

/// Why the gateway makes the response: the type's name in the definition, and its status, unless the
/// definition sets another.
#[derive(Clone, Copy)]
pub(crate) struct Kind(&'static str, StatusCode);

impl Kind {
    /// The policy does not allow the request.
    pub(crate) const ACCESS_DENIED: Self = Self("ACCESS_DENIED", StatusCode::FORBIDDEN);
    /// The authorizer failed, or its response is invalid: `AuthorizerConfigurationException` in public
    /// execution logs, such as those of serverless/examples, issue 305.
    pub(crate) const AUTHORIZER_CONFIGURATION_ERROR: Self =
        Self("AUTHORIZER_CONFIGURATION_ERROR", StatusCode::INTERNAL_SERVER_ERROR);
    /// The request could not be read.
    pub(crate) const DEFAULT_4XX: Self = Self("DEFAULT_4XX", StatusCode::BAD_REQUEST);
    /// A fault of the gateway.
    pub(crate) const DEFAULT_5XX: Self = Self("DEFAULT_5XX", StatusCode::INTERNAL_SERVER_ERROR);
    /// The function crashed, timed out, was throttled or reported an error: `INTEGRATION_FAILURE` in
    /// public access logs, such as those of DataBiosphere/azul, issue 8192. For a response that is not
    /// a proxy response no such log was found, but its status and `x-amzn-ErrorType` are the same.
    pub(crate) const INTEGRATION_FAILURE: Self =
        Self("INTEGRATION_FAILURE", StatusCode::BAD_GATEWAY);
    /// The API has no such path or method.
    pub(crate) const MISSING_AUTHENTICATION_TOKEN: Self =
        Self("MISSING_AUTHENTICATION_TOKEN", StatusCode::FORBIDDEN);
    /// The body is over 10 MB, or the event over 6 MB.
    pub(crate) const REQUEST_TOO_LARGE: Self =
        Self("REQUEST_TOO_LARGE", StatusCode::PAYLOAD_TOO_LARGE);
    /// There are too many requests.
    pub(crate) const THROTTLED: Self = Self("THROTTLED", StatusCode::TOO_MANY_REQUESTS);
}

/// Renders the response. `context` is the `$context` of templates and parameters.
pub(crate) fn render(definition: &Definition, kind: Kind, context: &Value) -> Response<Body> {
    let Kind(name, status) = kind;
    let Kind(default, _) =
        if status.is_client_error() { Kind::DEFAULT_4XX } else { Kind::DEFAULT_5XX };
    let responses = &definition.gateway_responses;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let Some(defined) = responses.get(name).or_else(|| responses.get(default)) else {
        return response;
    };
    if let Some(status) = defined.status_code.as_ref().and_then(|it| it.parse().ok()) {
        *response.status_mut() = status;
    }
    if let Some(template) = defined.response_templates.get(JSON) {
        *response.body_mut() = Body::from(filled_in(template, context));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    }
    for (parameter, expression) in &defined.response_parameters {
        // A constant in quotes, or `context.…`.
        let value = match expression.strip_prefix('\'') {
            Some(constant) => constant.trim_end_matches('\'').to_owned(),
            None => filled_in(&format!("${expression}"), context),
        };
        if let Some(name) = parameter.strip_prefix("gatewayresponse.header.")
            && let (Ok(name), Ok(value)) = (HeaderName::try_from(name), value.try_into())
        {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The template with each `$context.…` replaced by its value, or by nothing if it has none.
fn filled_in(template: &str, context: &Value) -> String {
    let mut parts = template.split("$context.");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let (path, rest) = part.split_at(part.find(|c| !is_name(c)).unwrap_or(part.len()));
        let value = context.pointer(&format!("/{}", path.replace('.', "/")));
        text += value.and_then(Value::as_str).unwrap_or_default();
        text += rest;
    }
    text
}
