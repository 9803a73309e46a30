//! Why a request is not allowed.

use std::rc::Rc;

use lambda_runtime::Diagnostic;

use crate::{
    api_key::InvalidApiKey,
    api_key_record::{ApiKeyRecord, InactiveKey},
    dynamodb::{SchemaError, TableError},
    gateway_event::InvalidEvent,
};

/// Why a request is denied. The log has the reason; the client gets the same 401 for each.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Denial {
    #[error("missing")]
    Missing,
    #[error("several headers")]
    SeveralHeaders,
    #[error("no \"Bearer\"")]
    NoBearer,
    #[error("other scheme")]
    OtherScheme,
    #[error("malformed")]
    Malformed(#[from] InvalidApiKey),
    #[error("unknown")]
    Unknown,
    #[error("{cause}")]
    Inactive { cause: InactiveKey, record: Rc<ApiKeyRecord> },
}

/// The authorizer cannot decide: neither an Allow nor a Deny would be right. API Gateway responds
/// with 503.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The event is not an API Gateway event.
    #[error(transparent)]
    Event(#[from] InvalidEvent),
    /// The table of API keys returned no usable response.
    #[error("the key's record could not be read")]
    Table(#[from] TableError),
    /// The item does not fit the table's schema.
    #[error("the key's record does not fit the schema")]
    Schema(#[from] SchemaError),
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        match error {
            Error::Event(error) => error.into(),
            Error::Table(_) | Error::Schema(_) => {
                Self { error_type: "NotDecided".to_owned(), error_message: error.to_string() }
            }
        }
    }
}
