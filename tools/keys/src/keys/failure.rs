//! Turns the SDK's errors into one line: what happened, and what to do.

use std::{error::Error, io};

use anyhow::anyhow;
use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use credira_users::id::KeyId;

use super::Keys;

impl Keys {
    /// The error of a request that changed nothing, or that can be repeated.
    pub(super) fn failed<E>(&self, error: SdkError<E>) -> anyhow::Error
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        if let Some(status) = foreign_status(&error) {
            return anyhow!(
                "the endpoint is not DynamoDB (status {status}): \
                 pass DynamoDB's address as --endpoint-url, such as http://127.0.0.1:8000"
            );
        }
        let (cause, advice) = match (error.code(), error.raw_response()) {
            (Some(code), _) => (
                format!("{code}: {}", error.message().unwrap_or_default()),
                "check --table, --region, --profile and the IAM policy",
            ),
            (None, Some(response)) => (format!("status {}", response.status()), "retry later"),
            (None, None) => {
                let error = anyhow::Error::new(error);
                let is_refused = |cause: &(dyn Error + 'static)| {
                    cause
                        .downcast_ref::<io::Error>()
                        .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
                };
                let advice = if error.chain().any(is_refused) {
                    "is `cargo local` running? Otherwise check --endpoint-url and the network"
                } else {
                    "check --endpoint-url, --region and the network"
                };
                (error.root_cause().to_string(), advice)
            }
        };
        anyhow!("the request to the table {} failed ({cause}): {advice}", self.table)
    }

    /// The error of a request that may have created a key.
    pub(super) fn not_created<E>(&self, error: SdkError<E>, key_id: &KeyId) -> anyhow::Error
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let is_certain = match error.raw_response().map(|response| response.status().as_u16()) {
            None => matches!(error, SdkError::ConstructionFailure(_)),
            // A success that another server sent.
            Some(200..=299) => foreign_status(&error).is_some(),
            Some(status) => (400..=499).contains(&status),
        };
        let error = self.failed(error);
        if is_certain {
            return error;
        }
        error.context(format!(
            "{} may or may not have been created. If `cargo keys list` shows it, revoke it, because \
             the key itself is lost",
            key_id.as_str()
        ))
    }
}

/// The status of a response that is not DynamoDB's. DynamoDB's has a request ID and, if it is an
/// error, a code. API Gateway's may have a request ID too.
fn foreign_status<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Option<u16> {
    let response = error.raw_response()?;
    let status = response.status();
    let is_foreign = response.headers().request_id().is_none()
        || status.is_client_error() && error.code().is_none();
    is_foreign.then(|| status.as_u16())
}
