//! Why a request gets no user.

use crate::{
    dynamodb::{SchemaError, TableError},
    get_user::request::InvalidContext,
    user_id::InvalidUserId,
};

/// Why a request gets no user. [`Response`](super::response::Response) gives each its status.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("route not found")]
    RouteNotFound,
    #[error("method not allowed")]
    MethodNotAllowed,
    /// API Gateway should not have sent this request.
    #[error("no usable authorizer context")]
    Unauthorized(#[from] InvalidContext),
    #[error("malformed user ID")]
    InvalidUserId(#[from] InvalidUserId),
    #[error("the caller may not read this user")]
    Forbidden,
    #[error("user not found")]
    UserNotFound,
    #[error("the user could not be read")]
    Table(#[from] TableError),
    #[error("the user's item does not fit the schema")]
    Schema(#[from] SchemaError),
    #[error("the user could not be written as JSON")]
    Serialize(#[from] serde_json::Error),
}
