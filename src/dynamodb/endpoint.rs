//! The URL of DynamoDB.

use aws_sdk_dynamodb::{
    config::{
        Region,
        endpoint::{DefaultResolver, Params, ResolveEndpoint},
    },
    error::BoxError,
};
use lambda_http::http::Uri;
use rustls::pki_types::ServerName;

use crate::environment::{ConfigError, optional};

/// A URL of a scheme, a host and maybe a port. The SDK panics on some other texts.
#[derive(Clone)]
pub struct EndpointUrl(String);

/// The text is not the URL of an endpoint.
#[derive(Debug, thiserror::Error)]
#[error("only scheme, host and port are allowed, such as http://127.0.0.1:8000")]
pub struct InvalidEndpointUrl;

impl EndpointUrl {
    /// Parses a URL. It may end with a slash.
    pub fn parse(text: &str) -> Result<Self, InvalidEndpointUrl> {
        let url = text.strip_suffix('/').unwrap_or(text);
        let uri: Uri = url.parse().map_err(|_| InvalidEndpointUrl)?;
        let (Some(scheme @ ("http" | "https")), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(InvalidEndpointUrl);
        };
        let port = uri.port_u16().filter(|port| *port > 0).map(|port| format!(":{port}"));
        let expected = [scheme, "://", host, &port.unwrap_or_default()].concat();
        // An IPv6 address has brackets only in a URL.
        let is_host = ServerName::try_from(host.trim_matches(['[', ']'])).is_ok();
        if is_host && url == expected { Ok(Self(expected)) } else { Err(InvalidEndpointUrl) }
    }

    /// The URL in `AWS_ENDPOINT_URL_DYNAMODB` or, if that is not set, in `AWS_ENDPOINT_URL`: the order
    /// of AWS's SDKs (AWS SDKs and Tools Reference Guide, "Service-specific endpoints"). `None` if
    /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is true.
    pub fn from_env() -> Result<Option<Self>, ConfigError> {
        let ignores = optional("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?;
        if ignores.is_some_and(|ignores| ignores.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        for variable in ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"] {
            if let Some(url) = optional(variable)? {
                let invalid = |error| ConfigError::invalid(variable, "must be a URL", error);
                return Self::parse(&url).map(Some).map_err(invalid);
            }
        }
        Ok(None)
    }

    /// The region's endpoint by the SDK's own rules.
    pub(super) async fn of_region(
        variable: &'static str,
        region: &Region,
    ) -> Result<Self, ConfigError> {
        let invalid =
            |error: BoxError| ConfigError::invalid(variable, "must be an AWS region", error);
        let params = Params::builder().region(region.as_ref()).build();
        let params = params.map_err(|error| invalid(error.into()))?;
        let endpoint = DefaultResolver::new().resolve_endpoint(&params).await.map_err(invalid)?;
        Ok(Self(endpoint.url().to_owned()))
    }

    /// The URL, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AWS General Reference, "Amazon DynamoDB endpoints and quotas", and the guides of the regions in
    /// China.
    #[tokio::test]
    async fn the_endpoint_of_a_region_is_the_one_that_aws_publishes() {
        for (region, url) in [
            ("eu-west-1", "https://dynamodb.eu-west-1.amazonaws.com"),
            ("cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn"),
            ("us-gov-west-1", "https://dynamodb.us-gov-west-1.amazonaws.com"),
        ] {
            let endpoint = EndpointUrl::of_region("AWS_REGION", &Region::new(region)).await;
            assert_eq!(endpoint.unwrap().as_str(), url);
        }
    }
}
