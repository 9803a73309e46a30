//! What the authorizer reads of API Gateway's event.

use serde::Deserialize;

use crate::{
    api_key::ApiKey,
    authorizer::error::Denial,
    gateway_event::{GatewayEvent, Headers, RequestContext, header_values},
};

/// White space that may surround a header's value (RFC 9110, section 5.5).
const WHITE_SPACE: [char; 2] = [' ', '\t'];

/// The event of a `REQUEST` authorizer (API Gateway's guide, "Input to a Lambda authorizer").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) method_arn: String,
    http_method: Option<String>,
    #[serde(default)]
    headers: Headers,
    #[serde(default)]
    multi_value_headers: Headers,
    #[serde(default)]
    request_context: RequestContext,
}

impl GatewayEvent for Event {
    fn method(&self) -> Option<&str> {
        self.http_method.as_deref()
    }

    fn request_context(&self) -> &RequestContext {
        &self.request_context
    }
}

impl Event {
    /// The key of the `Authorization` header: `Bearer`, in any case, and the key (RFC 6750, section
    /// 2.1; RFC 9110, section 11.4).
    pub(crate) fn api_key(&self) -> Result<ApiKey, Denial> {
        let (multi, single) = (&self.multi_value_headers, &self.headers);
        let value = match header_values(&multi.authorization, &single.authorization) {
            [] => return Err(Denial::Missing),
            [value] => value.trim_matches(WHITE_SPACE),
            _ => return Err(Denial::SeveralHeaders),
        };
        let (scheme, key) = value.split_once(' ').unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(if key.is_empty() { Denial::NoBearer } else { Denial::OtherScheme });
        }
        Ok(ApiKey::parse(key.trim_start_matches(WHITE_SPACE))?)
    }
}
