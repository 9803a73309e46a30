//! What the authorizer reads of API Gateway's event.

use serde::Deserialize;

use crate::{
    api_key::ApiKey,
    authorizer::error::Denial,
    gateway_event::{Headers, header_values},
};

/// White space that may surround a header's value (RFC 9110, section 5.5).
const WHITE_SPACE: [char; 2] = [' ', '\t'];

/// The event of a `REQUEST` authorizer (API Gateway's guide, "Input to a Lambda authorizer").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) method_arn: String,
    pub(crate) http_method: Option<String>,
    #[serde(default)]
    headers: Headers,
    #[serde(default)]
    multi_value_headers: Headers,
    #[serde(default)]
    request_context: RequestContext,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    extended_request_id: Option<String>,
    request_id: Option<String>,
}

impl Event {
    /// The gateway's IDs of the request, for [`request_id`](crate::meta::request_id).
    pub(crate) fn gateway_ids(&self) -> [Option<&str>; 2] {
        let RequestContext { extended_request_id, request_id } = &self.request_context;
        [extended_request_id.as_deref(), request_id.as_deref()]
    }

    /// The key of the `Authorization` header: `Bearer`, in any case, and the key (RFC 6750, section
    /// 2.1; RFC 9110, section 11.4).
    pub(crate) fn api_key(&self) -> Result<ApiKey, Denial> {
        let values = header_values(&self.multi_value_headers, &self.headers, "authorization");
        let value = match values[..] {
            [] => return Err(Denial::Missing),
            [value] => value.trim_matches(WHITE_SPACE),
            _ => return Err(Denial::SeveralHeaders),
        };
        let (scheme, key) = value.split_once(' ').ok_or(Denial::OtherScheme)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Denial::OtherScheme);
        }
        Ok(ApiKey::parse(key.trim_start_matches(WHITE_SPACE))?)
    }
}
