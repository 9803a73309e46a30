//! The client of DynamoDB, with the settings that the AWS CLI has.

use std::{borrow::Cow, env, error::Error, io, net::IpAddr, time::Duration};

use anyhow::{Context, Result, anyhow};
use aws_config::{
    BehaviorVersion, Region,
    meta::ProviderChainError,
    profile::{ProfileFileCredentialsProvider, ProfileSet, load},
    provider_config::ProviderConfig,
    timeout::TimeoutConfig,
};
use aws_runtime::env_config::{EnvConfigValue, file::EnvConfigFiles};
use aws_sdk_dynamodb::{
    Client,
    config::{
        Builder, ConfigBag, Credentials, Intercept, ProvideCredentials, RuntimeComponents,
        SharedCredentialsProvider, SharedHttpClient,
        interceptors::BeforeDeserializationInterceptorContextRef,
    },
    error::BoxError,
    operation::RequestId,
};
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_types::os_shim_internal::{Env, Fs};
use credira_users::dynamodb::EndpointUrl;
use http::Uri;

use crate::arguments::Connection;

/// Builds the client from the arguments, the environment and the AWS configuration, in this order.
/// An endpoint on this machine needs neither a region nor credentials.
pub(crate) async fn client(connection: &Connection) -> Result<Client> {
    let name = connection.profile.clone().map(Cow::Owned);
    let profile = load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), name).await;
    let profile = profile.context("the AWS configuration is malformed")?;
    let endpoint = match &connection.endpoint_url {
        Some(url) => Some(url.clone()),
        None => configured_endpoint(&profile)?,
    };
    let is_local = endpoint.as_ref().is_some_and(is_local);
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(20))
        .build();
    let region = connection
        .region
        .clone()
        .or_else(|| variable("AWS_REGION"))
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .or_else(|| profile.get("region").map(str::to_owned))
        .or_else(|| is_local.then(|| "us-east-1".to_owned()))
        .map(Region::new);
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client())
        .timeout_config(timeouts);
    if let Some(region) = &region {
        // Otherwise the SDK looks for it.
        loader = loader.region(region.clone());
    }
    if let Some(name) = &connection.profile {
        // The SDK's own chain prefers the credentials of the environment, but the AWS CLI prefers a
        // profile that is an argument.
        let settings =
            ProviderConfig::without_region().with_http_client(http_client()).with_region(region);
        let provider = ProfileFileCredentialsProvider::builder().profile_name(name);
        loader =
            loader.profile_name(name).credentials_provider(provider.configure(&settings).build());
    } else if is_local && variable("AWS_ACCESS_KEY_ID").is_none() {
        let local = Credentials::new("local", "local", None, None, "local");
        loader = loader.credentials_provider(local);
    }
    let config = loader.load().await;
    check_credentials(connection, config.credentials_provider()).await?;
    let mut builder = Builder::from(&config).interceptor(ResponseCheck);
    // Also `None`: otherwise the SDK would use a variable that was not checked.
    builder.set_endpoint_url(endpoint.map(|url| url.as_str().to_owned()));
    Ok(Client::from_conf(builder.build()))
}

/// The URL in the environment or, if there is none, in the profile. A blank one counts as unset.
fn configured_endpoint(profile: &ProfileSet) -> Result<Option<EndpointUrl>> {
    let env = Env::real();
    let is_ignored = EnvConfigValue::new()
        .env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .profile("ignore_configured_endpoint_urls")
        .load(&env, Some(profile))
        .is_some_and(|(value, _)| value.eq_ignore_ascii_case("true"));
    if is_ignored {
        return Ok(None);
    }
    if let Some(url) = EndpointUrl::from_env()? {
        return Ok(Some(url));
    }
    let setting = EnvConfigValue::new().profile("endpoint_url").service_id("DynamoDB");
    match setting.load(&env, Some(profile)) {
        Some((url, _)) if !url.trim().is_empty() => {
            Ok(Some(EndpointUrl::parse(&url).context("endpoint_url in the AWS configuration")?))
        }
        _ => Ok(None),
    }
}

/// Whether the host is this machine.
fn is_local(url: &EndpointUrl) -> bool {
    let uri: Uri = url.as_str().parse().unwrap_or_default();
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// The variable's value; `None` if it is not set or empty.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

async fn check_credentials(
    connection: &Connection,
    provider: Option<SharedCredentialsProvider>,
) -> Result<()> {
    let provider = provider.context("no AWS credentials")?;
    let Err(error) = provider.provide_credentials().await else { return Ok(()) };
    let profile = connection.profile.as_ref();
    Err(anyhow!(
        "no AWS credentials{}: pass --profile, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign \
         in with `aws sso login`; for `cargo local`, pass --endpoint-url http://127.0.0.1:8000 ({})",
        profile.map(|name| format!(" in the profile {name}")).unwrap_or_default(),
        causes(&error)
    ))
}

/// What the SDK says about each source of credentials, or about the one that failed. `E` is its error.
fn causes<E: Error + 'static>(error: &E) -> String {
    let root = |error: &(dyn Error + 'static)| match anyhow::Chain::new(error).last() {
        Some(root) if is_not_found(root) => format!("the file with the token: {root}"),
        root => root.map(|root| root.to_string().trim().to_owned()).unwrap_or_default(),
    };
    match error.source().and_then(|source| source.downcast_ref::<ProviderChainError<E>>()) {
        Some(chain) => {
            let attempts = chain.attempts().iter();
            let causes = attempts.map(|it| format!("{}: {}", it.name(), root(it.error())));
            causes.collect::<Vec<_>>().join("; ")
        }
        None => root(error),
    }
}

/// The SDK does not say which file. It ignores others that do not exist.
fn is_not_found(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
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

/// Rejects a success without DynamoDB's request ID. The SDK takes any JSON object for a success,
/// so another server would seem to have created a key.
#[derive(Debug)]
struct ResponseCheck;

impl Intercept for ResponseCheck {
    fn name(&self) -> &'static str {
        "ResponseCheck"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if response.status().is_success() && response.headers().request_id().is_none() {
            return Err("the response has no request ID".into());
        }
        Ok(())
    }
}
