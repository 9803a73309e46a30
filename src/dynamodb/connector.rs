//! The SDK's HTTP connector, with checks that the SDK does not make.
//!
//! They are made here, and not in an interceptor, because a connector's error is still retried:
//! before deserialization an interceptor sees a body that has not arrived, and after it an error
//! ends the operation.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    config::http::{HttpRequest, HttpResponse},
    error::{BoxError, ConnectorError},
};
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    connection::CaptureSmithyConnection,
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
};
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Limited};
use scopeguard::ScopeGuard;
use serde::de::IgnoredAny;
use tokio::time::timeout;

/// For DNS, TCP and TLS together. A lost packet is sent again after a second, which is too late.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(400);
/// An idle connection may have been closed without notice after this time.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// More than any item in JSON: an item has at most 400 KB, and JSON writes a byte as six at most.
const MAX_BODY: usize = 4 << 20;
/// DynamoDB's CRC-32 of the response body, in decimal digits.
const CHECKSUM: &str = "x-amz-crc32";

/// Sends requests over connections that it keeps, and accepts only responses of DynamoDB.
#[derive(Clone, Debug)]
pub(super) struct CheckedConnector(SharedHttpConnector);

impl CheckedConnector {
    pub(super) fn new(trust_store: TrustStore) -> Result<Self, BoxError> {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
        let tls = TlsContext::builder().with_trust_store(trust_store).build()?;
        let connector = Connector::builder()
            .connector_settings(settings)
            .pool_idle_timeout(IDLE_TIMEOUT)
            // A function serves one request at a time.
            .pool_max_idle_per_host(1)
            // aws-lc would spend 425 million instructions on CPU jitter at the first handshake.
            .tls_provider(Provider::rustls(CryptoMode::Ring))
            .tls_context(tls)
            .build();
        Ok(Self(SharedHttpConnector::new(connector)))
    }

    /// Opens a connection. The connector connects only for a request, so this sends an unsigned
    /// `GET /` and ignores the response. DynamoDB does not read a table for it.
    pub(super) async fn open(&self, url: &str) -> Result<(), BoxError> {
        let request = HttpRequest::get(url)?;
        timeout(CONNECT_TIMEOUT, async {
            // A connection is kept only after its response was read to the end.
            collect(self.0.call(request).await?).await.map(drop)
        })
        .await?
    }
}

impl HttpConnector for CheckedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // Unless the response is good, its connection is not used again. A timeout ends up here too.
        let connection = request.extension::<CaptureSmithyConnection>().cloned();
        let poison = scopeguard::guard(connection, |connection| {
            if let Some(connection) = connection.and_then(|connection| connection.get()) {
                connection.poison();
            }
        });
        let response = self.0.call(request);
        HttpConnectorFuture::new(async move {
            // Reads are safe to retry, so every failure becomes an I/O error, which the SDK retries.
            let response =
                response.await.map_err(|error| ConnectorError::io(error.into_source()))?;
            let response = collect(response).await.map_err(ConnectorError::io)?;
            check(&response).map_err(ConnectorError::io)?;
            ScopeGuard::into_inner(poison);
            Ok(response)
        })
    }
}

/// Reads the whole body into memory.
async fn collect(mut response: HttpResponse) -> Result<HttpResponse, BoxError> {
    let body = Limited::new(response.take_body(), MAX_BODY).collect().await?;
    *response.body_mut() = SdkBody::from(body.to_bytes());
    Ok(response)
}

/// Returns an error for a response that is not DynamoDB's. The SDK would not retry it: for example,
/// it takes an empty success for a missing item.
fn check(response: &HttpResponse) -> Result<(), BoxError> {
    let status = response.status();
    let body = response.body().bytes().unwrap_or_default();
    let is_from_dynamodb = match status.as_u16() {
        200 => is_output(body),
        408 | 429 => false,
        _ => status.is_client_error() || status.is_server_error(),
    };
    if !is_from_dynamodb {
        return Err(format!("status {status} without a response of DynamoDB").into());
    }
    let checksum = response.headers().get(CHECKSUM);
    if checksum.is_some_and(|checksum| *checksum != crc32fast::hash(body).to_string()) {
        return Err("the response body does not match its checksum".into());
    }
    Ok(())
}

/// Whether the body is the output of one of DynamoDB's operations: an object. AWS may add members
/// to it at any time. Their names begin with a capital letter, unlike those in other JSON, such as
/// `__type` and `message` of an error.
fn is_output(body: &[u8]) -> bool {
    let members = serde_json::from_slice::<HashMap<String, IgnoredAny>>(body);
    members.is_ok_and(|members| members.keys().all(|name| name.starts_with(char::is_uppercase)))
}
