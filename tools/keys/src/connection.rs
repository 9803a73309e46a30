//! The client of DynamoDB, with the settings that the AWS CLI has.

mod credentials;
mod response;

use std::{borrow::Cow, time::Duration};

use anyhow::{Context, Result};
use aws_config::{
    BehaviorVersion, Region,
    environment::EnvironmentVariableRegionProvider,
    meta::region::ProvideRegion,
    profile::{ProfileFileRegionProvider, ProfileSet, load},
    timeout::TimeoutConfig,
};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_sdk_dynamodb::{
    Client,
    config::{Builder, SharedHttpClient},
};
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_types::os_shim_internal::{Env, Fs};

use crate::{
    arguments::{Connection, values},
    endpoint::EndpointUrl,
};
use credentials::credentials;
use response::ResponseCheck;

/// Builds the client from the arguments, the environment and the AWS configuration, in this order.
/// An endpoint on this machine needs neither a region nor credentials.
///
/// # Errors
/// A setting is missing or malformed.
pub async fn client(connection: &Connection) -> Result<Client> {
    let name = connection.profile.clone().map(Cow::Owned);
    let profile = load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), name).await;
    let endpoint = match &connection.endpoint_url {
        Some(url) => Some(url.clone()),
        None => EndpointUrl::configured(profile.as_ref().unwrap_or(&ProfileSet::default()))?,
    };
    let is_local = endpoint.as_ref().is_some_and(EndpointUrl::is_local);
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(20))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client())
        .timeout_config(timeouts);
    if let Some(profile) = &connection.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = region(connection, is_local).await {
        loader = loader.region(region);
    }
    let config = loader.load().await;
    let credentials = match (credentials(connection, is_local, &config).await, profile) {
        // The SDK's error does not say where.
        (Err(_), Err(error)) => return Err(error).context("the AWS configuration is malformed"),
        (credentials, _) => credentials?,
    };
    config.region().filter(|region| values::region(region.as_ref()).is_ok()).context(
        "no valid AWS region: pass --region, or set AWS_REGION or a region in the AWS configuration; \
         for `cargo local`, pass --endpoint-url http://127.0.0.1:8000",
    )?;
    let mut builder =
        Builder::from(&config).credentials_provider(credentials).interceptor(ResponseCheck);
    // Also `None`: otherwise the SDK would use a variable that was not checked.
    builder.set_endpoint_url(endpoint.map(|url| url.as_str().to_owned()));
    Ok(Client::from_conf(builder.build()))
}

/// The region; `None` to let the SDK look for it.
async fn region(connection: &Connection, is_local: bool) -> Option<Region> {
    if let Some(region) = &connection.region {
        return Some(Region::new(region.clone()));
    }
    let from_env = EnvironmentVariableRegionProvider::new().region().await;
    let region = from_env.filter(|region| !region.as_ref().is_empty());
    if region.is_some() || !is_local {
        return region;
    }
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &connection.profile {
        profile = profile.profile_name(name);
    }
    profile.build().region().await.or_else(|| Some(Region::new("us-east-1")))
}

/// Trusts the system's root certificates, and uses the proxy that the environment names.
fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_with_connector_fn(|settings, components| {
        let mut builder = Connector::builder().proxy_config(ProxyConfig::from_env());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        builder.tls_provider(Provider::rustls(CryptoMode::Ring)).build()
    })
}
