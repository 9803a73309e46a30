//! The DynamoDB client's settings: endpoint, credentials, trust store, timeouts and retries.

use std::{fs, time::Duration};

use aws_config::{
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    meta::region::ProvideRegion,
};
use aws_sdk_dynamodb::{
    Client,
    config::{
        BehaviorVersion, Credentials, ProvideCredentials, Region, StalledStreamProtectionConfig,
        retry::RetryConfig, timeout::TimeoutConfig,
    },
    error::BoxError,
};
use aws_smithy_http_client::tls::TrustStore;
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use aws_types::endpoint_config::AccountIdEndpointMode;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::{
    dynamodb::{connector::CheckedConnector, endpoint::EndpointUrl},
    environment::{ConfigError, optional, require_lambda, required},
    log,
};

// A table that does not respond must become a 503 within 2.5 s, retries included.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(900);
const OPERATION_TIMEOUT: Duration = Duration::from_millis(2_000);
const MAX_ATTEMPTS: u32 = 3;
/// Upper bound of the random delay before the first retry. It doubles before the second.
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);

/// The roots that sign for DynamoDB's endpoints (Amazon Trust Services' repository). Loading only
/// these costs next to nothing; loading the system's 144 costs 9 million instructions.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon_roots.pem");

/// Settings of a function, read once at start: its table, and how to reach DynamoDB.
pub struct Config {
    /// Name or ARN of the table. Required.
    pub table: String,
    /// `AWS_ENDPOINT_URL_DYNAMODB`, else `AWS_ENDPOINT_URL`: scheme, host and port. Default: the
    /// region's endpoint.
    endpoint_url: EndpointUrl,
    /// `AWS_CA_BUNDLE`: path of a PEM file with the only root certificates to trust. Default:
    /// Amazon's.
    trust_store: TrustStore,
    /// `AWS_REGION`, set by Lambda. Required.
    region: Region,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, set by Lambda from
    /// the function's role. The first two are required.
    credentials: Credentials,
}

impl Config {
    /// Reads the environment. `table` is the variable with the table's name: `USERS_TABLE` or
    /// `API_KEYS_TABLE`. The error names the variable that cannot be used.
    pub async fn from_env(table: &'static str) -> Result<Self, ConfigError> {
        require_lambda()?;
        let table = required(table)?;
        let region = EnvironmentVariableRegionProvider::new().region().await;
        let region = region
            .filter(|region| !region.as_ref().trim().is_empty())
            .ok_or(ConfigError::Missing("AWS_REGION"))?;
        // The provider's own error may quote a value.
        required("AWS_ACCESS_KEY_ID")?;
        required("AWS_SECRET_ACCESS_KEY")?;
        let credentials = EnvironmentVariableCredentialsProvider::new().provide_credentials().await;
        let regional = EndpointUrl::of_region("AWS_REGION", &region).await?;
        Ok(Self {
            table,
            endpoint_url: EndpointUrl::from_env()?.unwrap_or(regional),
            trust_store: trust_store("AWS_CA_BUNDLE")?,
            region,
            credentials: credentials.map_err(|error| {
                ConfigError::invalid("AWS_SESSION_TOKEN", "must be UTF-8", error)
            })?,
        })
    }

    /// Builds the client and opens its connection, so that the first request does not wait for
    /// it. If it cannot be opened, that is logged and the first request connects.
    pub async fn connect(self) -> Result<Client, BoxError> {
        let connector = CheckedConnector::new(self.trust_store)?;
        let shared = SharedHttpConnector::new(connector.clone());
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(MAX_ATTEMPTS)
            .with_initial_backoff(INITIAL_BACKOFF);
        let config = aws_sdk_dynamodb::Config::builder()
            // Pinned, because a newer version has other defaults, for example of retries.
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(self.region)
            .endpoint_url(self.endpoint_url.as_str())
            // With an explicit endpoint `AWS_ACCOUNT_ID` does not change the host; this says so.
            .account_id_endpoint_mode(AccountIdEndpointMode::Disabled)
            .credentials_provider(self.credentials)
            .http_client(http_client_fn(move |_, _| shared.clone()))
            .timeout_config(timeouts)
            .retry_config(retries)
            // The attempt's timeout covers the body as well.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        // Building the client takes a while: the connection opens in the meantime.
        let (opened, client) = tokio::join!(connector.open(self.endpoint_url.as_str()), async {
            Client::from_conf(config)
        });
        if let Err(error) = opened {
            log::warn("connection not opened at start", None, &*error);
        }
        Ok(client)
    }
}

/// Amazon's roots, or those in the file that the variable names.
fn trust_store(variable: &'static str) -> Result<TrustStore, ConfigError> {
    // Not the default store, which loads the system's roots.
    let store = TrustStore::empty();
    let Some(path) = optional(variable)? else {
        return Ok(store.with_pem_certificate(AMAZON_ROOTS));
    };
    let invalid =
        |error| ConfigError::invalid(variable, "must name a file of PEM certificates", error);
    let pem = fs::read(path).map_err(|error| invalid(error.into()))?;
    check_certificates(&pem).map_err(invalid)?;
    Ok(store.with_pem_certificate(pem))
}

/// The connector panics on certificates that it cannot use, so they are checked first.
fn check_certificates(pem: &[u8]) -> Result<(), BoxError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        // The error's debug form quotes the file; its text does not.
        roots.add(certificate.map_err(|error| error.to_string())?)?;
    }
    if roots.is_empty() { Err("the file has no certificate".into()) } else { Ok(()) }
}
