//! AWS credentials.

use std::{env, error::Error, io};

use anyhow::{Context, Result, anyhow};
use aws_config::{
    SdkConfig,
    environment::EnvironmentVariableCredentialsProvider,
    meta::{ProviderChainError, credentials::CredentialsProviderChain},
    profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
};
use aws_sdk_dynamodb::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};

use crate::arguments::Connection;

/// The credentials of the profile that the arguments name, or else those that the SDK finds. For
/// an endpoint on this machine: those of the environment, or else any.
pub(super) async fn credentials(
    connection: &Connection,
    is_local: bool,
    config: &SdkConfig,
) -> Result<SharedCredentialsProvider> {
    if let Some(profile) = &connection.profile {
        let provider = of_profile(profile, config);
        let provided = provider.provide_credentials().await;
        provided.map_err(|error| in_profile(profile, "", &error))?;
        return Ok(provider);
    }
    if is_local {
        let environment = EnvironmentVariableCredentialsProvider::new();
        let local = Credentials::new("local", "local", None, None, "local");
        let chain = CredentialsProviderChain::first_try("Environment", environment);
        return Ok(SharedCredentialsProvider::new(chain.or_else("Local", local)));
    }
    let provider = config.credentials_provider().context("no AWS credentials")?;
    provider.provide_credentials().await.map_err(|error| match env::var("AWS_PROFILE") {
        Ok(profile) => in_profile(&profile, " of AWS_PROFILE", &error),
        Err(_) => anyhow!(
            "no AWS credentials{}: pass --profile, set AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY, or sign in with `aws sso login`; for `cargo local`, pass \
             --endpoint-url http://127.0.0.1:8000",
            cause(&error)
        ),
    })?;
    Ok(provider)
}

/// The credentials of a profile. The SDK's own chain prefers those of the environment, but the AWS
/// CLI prefers a profile that is an argument.
fn of_profile(profile: &str, config: &SdkConfig) -> SharedCredentialsProvider {
    let mut settings = ProviderConfig::without_region().with_region(config.region().cloned());
    if let Some(http_client) = config.http_client() {
        settings = settings.with_http_client(http_client);
    }
    let provider = ProfileFileCredentialsProvider::builder().profile_name(profile);
    SharedCredentialsProvider::new(provider.configure(&settings).build())
}

fn in_profile<E: Error + 'static>(profile: &str, origin: &str, error: &E) -> anyhow::Error {
    anyhow!(
        "no AWS credentials in the profile `{profile}`{origin}{}: check the AWS configuration, \
         or sign in with `aws sso login --profile {profile}`",
        cause(error)
    )
}

/// What is wrong, in brackets, if more than that nothing is set. `E` is the SDK's error.
fn cause<E: Error + 'static>(error: &E) -> String {
    let Some(source) = error.source() else { return String::new() };
    let Some(chain) = source.downcast_ref::<ProviderChainError<E>>() else {
        return format!(" ({})", detail::<E>(error));
    };
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let causes = chain.attempts().iter().filter_map(|attempt| match attempt.name() {
        "Environment" if is_set("AWS_ACCESS_KEY_ID") => {
            Some("AWS_SECRET_ACCESS_KEY is not set".to_owned())
        }
        "WebIdentityToken" if !is_set("AWS_WEB_IDENTITY_TOKEN_FILE") => None,
        "Profile" | "WebIdentityToken" => attempt.error().source().map(detail::<E>),
        _ => None,
    });
    let causes: Vec<_> = causes.collect();
    if causes.is_empty() { String::new() } else { format!(" ({})", causes.join("; ")) }
}

/// The innermost error, and which file it is about.
fn detail<E: Error + 'static>(error: &(dyn Error + 'static)) -> String {
    match error.source() {
        None => error.to_string().trim().to_owned(),
        Some(source) if !source.is::<io::Error>() => detail::<E>(source),
        Some(source) if error.is::<E>() => {
            format!("the token file of the environment or the profile cannot be read: {source}")
        }
        Some(source) => format!("{error}: {source}"),
    }
}
