//! Turns the SDK's errors into those of the tool.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
};

use super::Keys;
use crate::{error::Error, text::root_cause};

impl Keys {
    /// The error of a request that changed nothing, or that can be repeated.
    pub(super) fn failed<E>(&self, error: SdkError<E>) -> Error
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        if matches!(error, SdkError::DispatchFailure(_) | SdkError::TimeoutError(_)) {
            return Error::Unreachable(root_cause(&error));
        }
        if let Some(status) = foreign_status(&error) {
            return Error::NotDynamoDb(status);
        }
        let message = || error.message().unwrap_or_default().to_owned();
        match error.code() {
            Some("ResourceNotFoundException") => Error::NoSuchTable(self.table.clone()),
            Some("ValidationException") => {
                Error::NotApiKeysTable { table: self.table.clone(), message: message() }
            }
            Some(
                "AccessDeniedException"
                | "ExpiredTokenException"
                | "InvalidSignatureException"
                | "UnrecognizedClientException",
            ) => Error::Denied(message()),
            Some(code) => Error::Request(format!("{code}: {}", message())),
            None => Error::Request(cause(&error)),
        }
    }

    /// The error of a request that may have created a key.
    pub(super) fn not_created<E>(&self, error: SdkError<E>, key_id: String) -> Error
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let is_certain = match &error {
            SdkError::ServiceError(context) => context.raw().status().is_client_error(),
            // A success that another server sent.
            SdkError::ResponseError(_) => foreign_status(&error).is_some(),
            _ => false,
        };
        if is_certain {
            return self.failed(error);
        }
        Error::NoResponse { key_id, cause: cause(&error) }
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

/// What happened instead of a response with an error code.
fn cause<E>(error: &SdkError<E>) -> String
where
    E: std::error::Error + Send + Sync + 'static,
{
    match error.raw_response() {
        Some(response) => format!("status {}", response.status()),
        None => root_cause(error),
    }
}

/// Whether the error is DynamoDB's, and meets the condition.
pub(super) fn is<E>(error: &SdkError<E>, condition: impl Fn(&E) -> bool) -> bool {
    error.as_service_error().is_some_and(condition)
}
