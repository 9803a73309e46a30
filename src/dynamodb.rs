//! The DynamoDB client: where it connects, whom it trusts, how long it waits.

use std::{
    error::Error,
    fs,
    time::{Duration, SystemTime},
};

use aws_config::{
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    meta::region::ProvideRegion,
};
use aws_sdk_dynamodb::{
    config::{Credentials, ProvideCredentials, Region},
    error::BoxError,
    operation::get_item::{GetItemOutput, builders::GetItemInputBuilder},
};
use hyper::{
    Request,
    body::Bytes,
    header::{HOST, HeaderValue, USER_AGENT},
};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio::time::{error::Elapsed, sleep, timeout};

use crate::{
    connection::Connection,
    endpoint::Endpoint,
    environment::{ConfigError, optional},
    get_item::Codec,
    log::Causes,
    signer::Signer,
};

// A table that does not answer must become a 503 within 2.5 s, retries included.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(900);
const OPERATION_TIMEOUT: Duration = Duration::from_millis(2_000);
const MAX_ATTEMPTS: u32 = 3;
/// The most that is waited after the first attempt; twice as much after each one more.
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);

/// Who asks, as CloudTrail shows it.
const NAME: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// The authorities that sign for DynamoDB in AWS's public partitions (Amazon Trust Services'
/// repository). Loading just these costs next to nothing; the system's store costs 9 M
/// instructions.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon_roots.pem");

/// How to reach DynamoDB.
pub struct Config {
    /// `AWS_ENDPOINT_URL_DYNAMODB`. Default: the region's.
    endpoint: Endpoint,
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
            endpoint: Endpoint::resolve("AWS_ENDPOINT_URL_DYNAMODB", &region)?,
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

/// Reads items: the SDK's client in small.
pub struct Client {
    connection: Connection,
    host: HeaderValue,
    signer: Signer,
    codec: Codec,
}

impl Client {
    /// Opens the connection. Where that fails, the first request tries again.
    pub async fn open(config: Config) -> Result<Self, BoxError> {
        let connection = config.endpoint.connection(config.trusted_roots)?;
        if let Err(error) = connection.open().await {
            tracing::warn!(cause = %Causes(&*error), "not connected yet");
        }
        let host = config.endpoint.host().try_into()?;
        let signer = Signer::new(config.region, config.credentials);
        Ok(Self { connection, host, signer, codec: Codec::new()? })
    }

    /// Reads one item. A fault that may pass is tried again.
    pub async fn get_item(&self, input: GetItemInputBuilder) -> Result<GetItemOutput, TableError> {
        let request = self.request(input).map_err(TableError::Refused)?;
        timeout(OPERATION_TIMEOUT, self.ask(&request)).await.unwrap_or_else(late)
    }

    fn request(&self, input: GetItemInputBuilder) -> Result<Request<Bytes>, BoxError> {
        let mut request = self.codec.request(input.build()?)?;
        let headers = request.headers_mut();
        headers.insert(HOST, self.host.clone());
        headers.insert(USER_AGENT, HeaderValue::from_static(NAME));
        Ok(request)
    }

    async fn ask(&self, request: &Request<Bytes>) -> Result<GetItemOutput, TableError> {
        let mut backoff = INITIAL_BACKOFF;
        for _ in 1..MAX_ATTEMPTS {
            match self.attempt(request.clone()).await {
                Err(TableError::Unavailable(error)) => {
                    tracing::warn!(cause = %Causes(&*error), "trying again");
                    // At random, so that those who failed together do not come back together.
                    sleep(backoff.mul_f64(fastrand::f64())).await;
                }
                outcome => return outcome,
            }
            backoff *= 2;
        }
        self.attempt(request.clone()).await
    }

    async fn attempt(&self, mut request: Request<Bytes>) -> Result<GetItemOutput, TableError> {
        self.signer.sign(&mut request, SystemTime::now()).map_err(TableError::Refused)?;
        match timeout(ATTEMPT_TIMEOUT, self.connection.send(request)).await {
            Ok(Ok(answer)) => self.codec.output(answer),
            Ok(Err(error)) => Err(TableError::Unavailable(error)),
            Err(elapsed) => late(elapsed),
        }
    }
}

fn late<T>(elapsed: Elapsed) -> Result<T, TableError> {
    Err(TableError::Unavailable(elapsed.into()))
}

/// Why a table gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It may answer later: no connection, no answer in time, throttled, or failing by itself.
    #[error("the table could not be read in time")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// There will be no other answer before somebody mends something: no such table, no
    /// permission, credentials that no header can hold.
    #[error("the request was refused")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
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
