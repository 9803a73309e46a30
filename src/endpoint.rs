//! Where DynamoDB is.

use aws_sdk_dynamodb::{
    config::{
        Region,
        endpoint::{DefaultResolver, Endpoint, EndpointFuture, Params, ResolveEndpoint},
    },
    error::BoxError,
};
use lambda_http::http::{Uri, uri::InvalidUri};
use rustls::RootCertStore;

use crate::{
    connection::Connection,
    environment::{ConfigError, optional},
};

/// One endpoint, resolved at start: the connection that is kept leads to it, whichever table is
/// asked.
#[derive(Debug)]
pub(crate) struct OneEndpoint {
    endpoint: Endpoint,
    url: Uri,
    /// Which variable to blame.
    variable: &'static str,
}

impl OneEndpoint {
    /// What the variable says, or the region's endpoint by the SDK's rules.
    pub(crate) async fn resolve(
        variable: &'static str,
        region: &Region,
    ) -> Result<Self, ConfigError> {
        match optional(variable)? {
            Some(url) => Self::new(variable, Endpoint::builder().url(url).build()),
            None => {
                let variable = "AWS_REGION";
                let endpoint = of_region(region).await.map_err(|error| ConfigError::Invalid {
                    variable,
                    expected: "must be a region of AWS",
                    source: Some(error),
                })?;
                Self::new(variable, endpoint)
            }
        }
    }

    fn new(variable: &'static str, endpoint: Endpoint) -> Result<Self, ConfigError> {
        let parsed: Result<Uri, InvalidUri> = endpoint.url().parse();
        let url = parsed.map_err(|error| invalid(variable, Some(error.into())))?;
        let is_http = matches!(url.scheme_str(), Some("http" | "https"));
        let has_user = url.authority().is_none_or(|authority| authority.as_str().contains('@'));
        // A path would have to be signed as well.
        if !is_http || has_user || url.path_and_query().is_some_and(|path| path != "/") {
            return Err(invalid(variable, None));
        }
        Ok(Self { endpoint, url, variable })
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

impl ResolveEndpoint for OneEndpoint {
    fn resolve_endpoint<'a>(&'a self, _: &'a Params) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(self.endpoint.clone()))
    }
}

async fn of_region(region: &Region) -> Result<Endpoint, BoxError> {
    let params = Params::builder().region(region.as_ref()).build()?;
    DefaultResolver::new().resolve_endpoint(&params).await
}

fn invalid(variable: &'static str, source: Option<BoxError>) -> ConfigError {
    ConfigError::Invalid {
        variable,
        expected: "must be a URL as http://127.0.0.1:8000, of scheme, host and port alone",
        source,
    }
}
