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

/// The URL in `AWS_ENDPOINT_URL_DYNAMODB` or, if that is not set, in `AWS_ENDPOINT_URL`: the order of
/// AWS's SDKs (AWS SDKs and Tools Reference Guide, "Service-specific endpoints"). `None` if
/// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is true.
pub(super) fn from_env() -> Result<Option<String>, ConfigError> {
    let ignores = optional("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?;
    if ignores.is_some_and(|ignores| ignores.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    match url("AWS_ENDPOINT_URL_DYNAMODB")? {
        None => url("AWS_ENDPOINT_URL"),
        url => Ok(url),
    }
}

/// The variable's URL, if it is set.
fn url(variable: &'static str) -> Result<Option<String>, ConfigError> {
    match optional(variable)? {
        Some(url) if !is_endpoint(url.strip_suffix('/').unwrap_or(&url)) => {
            let expected = "must be a URL such as http://127.0.0.1:8000";
            Err(ConfigError::invalid(variable, expected, "only scheme, host and port are allowed"))
        }
        url => Ok(url),
    }
}

/// Whether the URL has a scheme, a host, maybe a port, and nothing else.
fn is_endpoint(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let (Some(scheme @ ("http" | "https")), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return false;
    };
    let port = uri.port_u16().filter(|port| *port > 0).map(|port| format!(":{port}"));
    let expected = [scheme, "://", host, &port.unwrap_or_default()].concat();
    // An IPv6 address has brackets only in a URL.
    url == expected && ServerName::try_from(host.trim_matches(['[', ']'])).is_ok()
}

/// The region's endpoint by the SDK's own rules.
pub(super) async fn of_region(
    variable: &'static str,
    region: &Region,
) -> Result<String, ConfigError> {
    let invalid = |error: BoxError| ConfigError::invalid(variable, "must be an AWS region", error);
    let params = Params::builder().region(region.as_ref()).build();
    let params = params.map_err(|error| invalid(error.into()))?;
    let endpoint = DefaultResolver::new().resolve_endpoint(&params).await.map_err(invalid)?;
    Ok(endpoint.url().to_owned())
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
            let endpoint = of_region("AWS_REGION", &Region::new(region)).await;
            assert_eq!(endpoint.unwrap(), url);
        }
    }
}
