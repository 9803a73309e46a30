//! Responses that the gateway makes (API Gateway's guide, "Gateway response types").

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header::CONTENT_TYPE},
};
use serde_json::Value;

use super::definition::{Definition, GatewayResponse};

const JSON: &str = "application/json";
/// The gateway's own template, if the definition has none.
const PLAIN_TEMPLATE: &str = r#"{"message":$context.error.messageString}"#;

/// Why the gateway makes the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The policy does not allow the request.
    AccessDenied,
    /// The authorizer failed, or its response is invalid: `AuthorizerConfigurationException` in public
    /// execution logs, such as those of serverless/examples, issue 305.
    AuthorizerConfigurationError,
    /// The request could not be read.
    Default4xx,
    /// The function crashed, timed out, was throttled or reported an error: `INTEGRATION_FAILURE` in
    /// public access logs, such as those of DataBiosphere/azul, issue 8192. For a response that is not
    /// a proxy response no such log was found, but its status and `x-amzn-ErrorType` are the same.
    IntegrationFailure,
    /// The API has no such path or method.
    MissingAuthenticationToken,
    /// The body is over 10 MB, or the event over 6 MB.
    RequestTooLarge,
    /// The authorizer failed with the message `Unauthorized`.
    Unauthorized,
}

impl Kind {
    /// The type's name, its status unless the definition sets another, and its message.
    fn defaults(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::AccessDenied => {
                ("ACCESS_DENIED", 403, "User is not authorized to access this resource")
            }
            Self::AuthorizerConfigurationError => ("AUTHORIZER_CONFIGURATION_ERROR", 500, ""),
            Self::Default4xx => ("DEFAULT_4XX", 400, "Bad Request"),
            Self::IntegrationFailure => ("INTEGRATION_FAILURE", 502, "Internal server error"),
            Self::MissingAuthenticationToken => {
                ("MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token")
            }
            Self::RequestTooLarge => ("REQUEST_TOO_LARGE", 413, "Request Too Long"),
            Self::Unauthorized => ("UNAUTHORIZED", 401, "Unauthorized"),
        }
    }
}

/// Renders the response. `context` is the `$context` of templates and parameters.
pub fn render(definition: &Definition, kind: Kind, mut context: Value) -> Response<Body> {
    let (name, own_status, message) = kind.defaults();
    if let Some(context) = context.as_object_mut() {
        let error = serde_json::json!({
            "message": message,
            "messageString": Value::from(message).to_string(),
            "responseType": name,
        });
        context.insert("error".to_owned(), error);
    }
    let fallback = if own_status < 500 { "DEFAULT_4XX" } else { "DEFAULT_5XX" };
    let responses = &definition.gateway_responses;
    let gateway_response = responses.get(name).or_else(|| responses.get(fallback));
    let plain = GatewayResponse::default();
    let GatewayResponse { status_code, response_parameters, response_templates } =
        gateway_response.unwrap_or(&plain);

    let template = response_templates.get(JSON).map_or(PLAIN_TEMPLATE, String::as_str);
    let mut response = Response::new(Body::from(filled_in(template, &context)));
    *response.status_mut() = status_code
        .as_ref()
        .and_then(|status| status.parse().ok())
        .unwrap_or_else(|| StatusCode::from_u16(own_status).unwrap_or_default());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    for (parameter, expression) in response_parameters {
        let header = parameter
            .strip_prefix("gatewayresponse.header.")
            .and_then(|name| HeaderName::try_from(name).ok());
        let value = parameter_value(expression, &context)
            .and_then(|value| HeaderValue::try_from(value).ok());
        if let (Some(header), Some(value)) = (header, value) {
            response.headers_mut().insert(header, value);
        }
    }
    response
}

/// The value of a constant in quotes, or of `context.…`.
fn parameter_value(expression: &str, context: &Value) -> Option<String> {
    match expression.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(constant) => Some(constant.to_owned()),
        None => text_at(context, expression.strip_prefix("context.")?),
    }
}

/// The template with each `$context.…` replaced by its value, or by nothing if it has none.
fn filled_in(template: &str, context: &Value) -> String {
    let mut parts = template.split("$context.");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let end = part.find(|c| !is_name(c)).unwrap_or(part.len());
        let (path, rest) = part.split_at(end);
        text += &text_at(context, path).unwrap_or_default();
        text += rest;
    }
    text
}

fn text_at(context: &Value, path: &str) -> Option<String> {
    match path.split('.').try_fold(context, |value, key| value.get(key))? {
        Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn variables_are_filled_in() {
        let context =
            json!({ "extendedRequestId": "r", "authorizer": { "timestamp": "t" }, "n": 1 });
        let template = r#"{"a":"req_$context.extendedRequestId","b":"$context.authorizer.timestamp","c":$context.n,"d":"$context.none"}"#;
        assert_eq!(filled_in(template, &context), r#"{"a":"req_r","b":"t","c":1,"d":""}"#);
        assert_eq!(parameter_value("'Bearer'", &context).unwrap(), "Bearer");
        assert_eq!(parameter_value("context.authorizer.timestamp", &context).unwrap(), "t");
        assert_eq!(parameter_value("context.authorizer.none", &context), None);
    }

    #[test]
    fn a_type_without_a_response_uses_the_default() {
        let definition = Definition::parse("{paths: {}, components: {}}").unwrap();
        let response = render(&definition, Kind::MissingAuthenticationToken, json!({}));
        assert_eq!(response.status(), 403);
        let definition = Definition::parse(
            "{paths: {}, components: {}, x-amazon-apigateway-gateway-responses: {DEFAULT_5XX: {statusCode: '500'}}}",
        )
        .unwrap();
        assert_eq!(render(&definition, Kind::IntegrationFailure, json!({})).status(), 500);
    }
}
