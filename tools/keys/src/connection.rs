//! Reaching DynamoDB as the AWS CLI does.

use std::time::Duration;

use anyhow::{Context, Result};
use aws_config::{BehaviorVersion, Region, timeout::TimeoutConfig};
use aws_sdk_dynamodb::{
    Client,
    config::{Credentials, ProvideCredentials, SharedHttpClient},
};
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};

use crate::arguments::Connection;

/// A client by the arguments, the environment and the AWS configuration, in this order.
pub async fn client(connection: &Connection) -> Result<Client> {
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
    if let Some(region) = &connection.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(url) = &connection.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if is_local(connection) {
        // An embedded DynamoDB takes any.
        loader = loader
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .region(Region::new("us-east-1"));
    }
    let config = loader.load().await;
    config.region().context(
        "no AWS region: pass --region, or set AWS_REGION or one in the AWS configuration",
    )?;
    let credentials = config.credentials_provider().context("no AWS credentials")?;
    credentials.provide_credentials().await.context(
        "no AWS credentials: pass --profile, set AWS_PROFILE, or sign in with `aws sso login`",
    )?;
    Ok(Client::new(&config))
}

/// Whether DynamoDB is on this machine and nothing says with which credentials to ask it.
fn is_local(connection: &Connection) -> bool {
    let url = connection.endpoint_url.as_deref().unwrap_or_default();
    let is_loopback =
        ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|local| {
            url.strip_prefix(local)
                .is_some_and(|rest| matches!(rest.chars().next(), None | Some(':' | '/')))
        });
    is_loopback && connection.profile.is_none() && std::env::var_os("AWS_ACCESS_KEY_ID").is_none()
}

/// Trusts what the system trusts, and goes through the proxy that the environment names.
fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_with_connector_fn(|settings, components| {
        let mut builder = Connector::builder().proxy_config(ProxyConfig::from_env());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        builder.tls_provider(Provider::rustls(CryptoMode::Ring)).build()
    })
}
