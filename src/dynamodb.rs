//! The DynamoDB client: where it connects, whom it trusts, how long it waits.

use std::{error::Error, fs, time::Duration};

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
    error::{BoxError, ProvideErrorMetadata, SdkError},
};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::{
    endpoint::OneEndpoint,
    environment::{ConfigError, optional},
    log::Causes,
    signer::Signer,
    user_agent::UserAgent,
};

// A table that does not answer must become a 503 within 2.5 s, retries included.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(900);
const OPERATION_TIMEOUT: Duration = Duration::from_millis(2_000);
const MAX_ATTEMPTS: u32 = 3;
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);

/// The authorities that sign for AWS's endpoints (Amazon Trust Services' repository). Loading
/// just these costs next to nothing; the system's store costs 9 M instructions.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon_roots.pem");

/// How to reach DynamoDB.
pub struct Config {
    /// `AWS_ENDPOINT_URL_DYNAMODB`. Default: the region's.
    endpoint: OneEndpoint,
    /// `AWS_CA_BUNDLE`: path of a PEM file of the only authorities to trust.
    /// Default: Amazon's roots.
    trusted_roots: RootCertStore,
    /// `AWS_REGION`, set by Lambda. Required.
    region: Region,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, set by Lambda from
    /// the function's role. The first two are required.
    credentials: Credentials,
}

impl Config {
    /// Reads the environment.
    pub async fn from_env() -> Result<Self, ConfigError> {
        let region = EnvironmentVariableRegionProvider::new().region().await;
        let region = region
            .filter(|region| !region.as_ref().trim().is_empty())
            .ok_or(ConfigError::Missing("AWS_REGION"))?;
        let credentials = EnvironmentVariableCredentialsProvider::new().provide_credentials().await;
        Ok(Self {
            endpoint: OneEndpoint::resolve("AWS_ENDPOINT_URL_DYNAMODB", &region).await?,
            trusted_roots: trusted_roots("AWS_CA_BUNDLE")?,
            region,
            credentials: credentials.map_err(|error| ConfigError::Invalid {
                variable: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                expected: "must be set",
                source: Some(error.into()),
            })?,
        })
    }
}

/// Builds the client and opens its connection. Where that fails, the first request tries again.
pub async fn client(config: Config) -> Result<Client, ConfigError> {
    let connection = config.endpoint.connection(config.trusted_roots)?;
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(MAX_ATTEMPTS)
        .with_initial_backoff(INITIAL_BACKOFF);
    let config = aws_sdk_dynamodb::Config::builder()
        // Pinned: a newer version has other defaults, of retries for one.
        .behavior_version(BehaviorVersion::v2026_01_12())
        .push_auth_scheme(Signer::new(config.region.clone()))
        .region(config.region)
        .endpoint_resolver(config.endpoint)
        .credentials_provider(config.credentials)
        .http_client(connection.clone())
        .interceptor(UserAgent)
        .timeout_config(timeouts)
        .retry_config(retries)
        // The attempt's timeout covers the body, which is one item.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    // The client reads AWS's table of regions, whether it needs it or not: while the other end is
    // at work.
    let (opened, client) = tokio::join!(connection.open(), async { Client::from_conf(config) });
    if let Err(error) = opened {
        tracing::warn!(cause = %Causes(&error), "not connected yet");
    }
    Ok(client)
}

/// Why a table gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It may answer later: no connection, no answer in time, throttled, or failing by itself.
    #[error("the table could not be read in time")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It will not answer before somebody mends something: no such table, no permission.
    #[error("the table refused the request")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
}

impl<E> From<SdkError<E>> for TableError
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    /// Sorts by the codes in DynamoDB's developer guide, "Error handling with DynamoDB".
    fn from(error: SdkError<E>) -> Self {
        let may_pass = match &error {
            SdkError::TimeoutError(_)
            | SdkError::DispatchFailure(_)
            | SdkError::ResponseError(_) => true,
            SdkError::ServiceError(context) => {
                // A server's error, or an answer that cannot be read.
                !context.raw().status().is_client_error()
                    || context.raw().status().as_u16() == 429
                    || matches!(
                        context.err().code(),
                        Some(
                            "ProvisionedThroughputExceededException"
                                | "RequestLimitExceeded"
                                | "ThrottlingException"
                        )
                    )
            }
            _ => false,
        };
        if may_pass { Self::Unavailable(error.into()) } else { Self::Refused(error.into()) }
    }
}

/// Amazon's roots, or those in the file that the variable names.
fn trusted_roots(variable: &'static str) -> Result<RootCertStore, ConfigError> {
    let invalid = |expected, source| ConfigError::Invalid { variable, expected, source };
    let pem = match optional(variable)? {
        None => AMAZON_ROOTS.into(),
        Some(path) => fs::read(path)
            .map_err(|error| invalid("must name a file that can be read", Some(error.into())))?,
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        certificate
            .map_err(|error| BoxError::from(error.to_string()))
            .and_then(|der| roots.add(der).map_err(Into::into))
            .map_err(|error| invalid("must name a file of PEM certificates", Some(error)))?;
    }
    if roots.is_empty() {
        return Err(invalid("must name a file with at least one PEM certificate", None));
    }
    Ok(roots)
}
