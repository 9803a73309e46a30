//! AWS credentials.

use std::error::Error;

use anyhow::{Context, Result, anyhow};
use aws_config::{
    SdkConfig, environment::EnvironmentVariableCredentialsProvider,
    meta::credentials::CredentialsProviderChain, profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
};
use aws_sdk_dynamodb::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};

use crate::{arguments::Connection, text::root_cause};

/// The credentials of the profile that the arguments name, or else those that the SDK finds. For
/// an endpoint on this machine: those of the environment, or else any.
pub(super) async fn credentials(
    connection: &Connection,
    is_local: bool,
    config: &SdkConfig,
) -> Result<SharedCredentialsProvider> {
    if let Some(profile) = &connection.profile {
        return of_profile(profile, config).await;
    }
    if is_local {
        let environment = EnvironmentVariableCredentialsProvider::new();
        let local = Credentials::new("local", "local", None, None, "local");
        let chain = CredentialsProviderChain::first_try("Environment", environment);
        return Ok(SharedCredentialsProvider::new(chain.or_else("Local", local)));
    }
    let provider = config.credentials_provider().context("no AWS credentials")?;
    // The error lists each place where there are none.
    provider.provide_credentials().await.map_err(|_| {
        anyhow!(
            "no AWS credentials: pass --profile, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
             or sign in with `aws sso login`; for `cargo local`, pass --endpoint-url \
             http://127.0.0.1:8000"
        )
    })?;
    Ok(provider)
}

/// The credentials of a profile. The SDK's own chain prefers those of the environment, but the AWS
/// CLI prefers a profile that is an argument.
async fn of_profile(profile: &str, config: &SdkConfig) -> Result<SharedCredentialsProvider> {
    let mut settings = ProviderConfig::without_region().with_region(config.region().cloned());
    if let Some(http_client) = config.http_client() {
        settings = settings.with_http_client(http_client);
    }
    let provider = ProfileFileCredentialsProvider::builder()
        .profile_name(profile)
        .configure(&settings)
        .build();
    provider.provide_credentials().await.map_err(|error| {
        let cause =
            error.source().map_or_else(String::new, |source| format!(" ({})", root_cause(source)));
        anyhow!(
            "no AWS credentials in the profile `{profile}`{cause}: check the AWS configuration, \
             or sign in with `aws sso login --profile {profile}`"
        )
    })?;
    Ok(SharedCredentialsProvider::new(provider))
}
