//! Where DynamoDB is.

use aws_sdk_dynamodb::{config::Region, error::BoxError};
use lambda_http::http::{
    Uri,
    uri::{Authority, InvalidUri},
};
use rustls::RootCertStore;

use crate::{
    connection::Connection,
    environment::{ConfigError, optional},
};

/// DNS suffixes of AWS's partitions, by how the names of their regions begin.
const SUFFIXES: [(&str, &str); 6] = [
    ("cn-", "amazonaws.com.cn"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
];

/// One endpoint, for the connection that is kept leads to it, whichever table is asked.
pub(crate) struct Endpoint {
    url: Uri,
    /// Which variable to blame.
    variable: &'static str,
}

impl Endpoint {
    /// What the variable says, or the region's endpoint.
    pub(crate) fn resolve(variable: &'static str, region: &Region) -> Result<Self, ConfigError> {
        match optional(variable)? {
            Some(url) => Self::new(variable, &url),
            None => {
                let variable = "AWS_REGION";
                Self::new(variable, &of_region(region.as_ref())).map_err(|error| {
                    ConfigError::Invalid {
                        variable,
                        expected: "must be a region of AWS",
                        source: Some(error.into()),
                    }
                })
            }
        }
    }

    fn new(variable: &'static str, url: &str) -> Result<Self, ConfigError> {
        let parsed: Result<Uri, InvalidUri> = url.parse();
        let url = parsed.map_err(|error| invalid(variable, Some(error.into())))?;
        let is_http = matches!(url.scheme_str(), Some("http" | "https"));
        let is_plain = url.authority().is_some_and(is_host_and_port);
        // A path would have to be signed as well.
        if !is_http || !is_plain || url.path_and_query().is_some_and(|path| path != "/") {
            return Err(invalid(variable, None));
        }
        Ok(Self { url, variable })
    }

    /// Host and port, as a request's `Host` has them.
    pub(crate) fn host(&self) -> &str {
        self.url.authority().map_or("", Authority::as_str)
    }

    /// A connection to it, over TLS unless its URL says `http`.
    pub(crate) fn connection(&self, roots: RootCertStore) -> Result<Connection, ConfigError> {
        let url = self.url.clone();
        if url.scheme_str() == Some("http") {
            return Ok(Connection::plain(url));
        }
        Connection::tls(url, roots).map_err(|error| invalid(self.variable, Some(error)))
    }
}

/// By the SDK's rules, without its table of all regions, which takes longer to read than this.
fn of_region(region: &str) -> String {
    let partition = SUFFIXES.iter().find(|(prefix, _)| region.starts_with(prefix));
    let suffix = partition.map_or("amazonaws.com", |(_, suffix)| suffix);
    format!("https://dynamodb.{region}.{suffix}")
}

/// No user, and a port that there can be, or none.
fn is_host_and_port(authority: &Authority) -> bool {
    let host = authority.host();
    match authority.port() {
        None => authority == host,
        Some(port) => port.as_u16() > 0 && *authority == *format!("{host}:{port}"),
    }
}

fn invalid(variable: &'static str, source: Option<BoxError>) -> ConfigError {
    ConfigError::Invalid {
        variable,
        expected: "must be a URL as http://127.0.0.1:8000, of scheme, host and port alone",
        source,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};

    use super::*;

    #[tokio::test]
    async fn a_regions_endpoint_is_the_one_of_the_sdk() {
        for region in [
            "us-east-1",
            "eu-central-1",
            "us-gov-west-1",
            "cn-northwest-1",
            "eusc-de-east-1",
            "us-iso-east-1",
            "us-isob-east-1",
            "eu-isoe-west-1",
            "us-isof-south-1",
        ] {
            let params = Params::builder().region(region).build().unwrap();
            let expected = DefaultResolver::new().resolve_endpoint(&params).await.unwrap();
            assert_eq!(of_region(region), expected.url());
        }
    }
}
