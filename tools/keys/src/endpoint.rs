//! The URL of DynamoDB, where it is not the endpoint of a region.

use std::net::IpAddr;

use anyhow::{Context, Result};
use aws_config::profile::ProfileSet;
use aws_runtime::env_config::EnvConfigValue;
use aws_types::os_shim_internal::Env;
use http::Uri;

const PROFILE: &str = "endpoint_url in the AWS configuration";

/// A URL of scheme, host and port.
#[derive(Clone, Debug)]
pub struct EndpointUrl(String);

/// The text is not the URL of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an endpoint URL has a scheme, a host and perhaps a port, such as http://127.0.0.1:8000")]
pub struct InvalidEndpointUrl;

impl EndpointUrl {
    /// Parses a URL of the scheme `http` or `https`, a host, and perhaps a port. The SDK panics on
    /// some other texts, and reports the rest only with the whole request.
    ///
    /// # Errors
    /// The text does not have this form.
    pub fn parse(text: &str) -> Result<Self, InvalidEndpointUrl> {
        let uri: Uri = text.parse().map_err(|_| InvalidEndpointUrl)?;
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        let is_root = matches!(uri.path_and_query().map(|path| path.as_str()), None | Some("/"));
        if is_http && is_root && has_only_host_and_port(&uri) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidEndpointUrl)
        }
    }

    /// The URL in the environment or, if there is none, in the profile, in the order of the SDK. A
    /// blank one counts as unset.
    pub(crate) fn configured(profile: &ProfileSet) -> Result<Option<Self>> {
        let env = Env::real();
        let is_ignored = EnvConfigValue::new()
            .env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .profile("ignore_configured_endpoint_urls")
            .load(&env, Some(profile))
            .is_some_and(|(value, _)| value.eq_ignore_ascii_case("true"));
        if is_ignored {
            return Ok(None);
        }
        let setting = EnvConfigValue::new().profile("endpoint_url");
        let setting_of_dynamodb =
            EnvConfigValue::new().profile("endpoint_url").service_id("DynamoDB");
        let in_profile = |setting: &EnvConfigValue| {
            setting.load(&env, Some(profile)).map(|(value, _)| value.into_owned())
        };
        for (place, url) in [
            ("AWS_ENDPOINT_URL_DYNAMODB", env.get("AWS_ENDPOINT_URL_DYNAMODB").ok()),
            ("AWS_ENDPOINT_URL", env.get("AWS_ENDPOINT_URL").ok()),
            (PROFILE, in_profile(&setting_of_dynamodb)),
            (PROFILE, in_profile(&setting)),
        ] {
            if let Some(url) = url.filter(|url| !url.trim().is_empty()) {
                return Ok(Some(Self::parse(&url).context(place)?));
            }
        }
        Ok(None)
    }

    /// The URL, as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the host is this machine.
    pub(crate) fn is_local(&self) -> bool {
        let uri: Uri = self.0.parse().unwrap_or_default();
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    }
}

/// Whether there is a host, no user name, and no port out of range.
fn has_only_host_and_port(uri: &Uri) -> bool {
    let Some(authority) = uri.authority() else { return false };
    let host = authority.host();
    let is_complete = match authority.port_u16() {
        None => authority == host,
        Some(port) => port > 0 && *authority == *format!("{host}:{port}"),
    };
    !host.is_empty() && is_complete
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_addresses_are_local() {
        let is_local = |url: &str| EndpointUrl::parse(url).unwrap().is_local();
        for local in ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:8000/"] {
            assert!(is_local(local), "{local}");
        }
        for remote in ["http://10.0.0.1", "https://localhost.example.com", "http://127.0.0.1.nip"] {
            assert!(!is_local(remote), "{remote}");
        }
    }
}
