//! Why a request gets no user.

use crate::{
    dynamodb::{SchemaError, TableError},
    get_user::request::InvalidContext,
    user_id::InvalidUserId,
};

/// Why a request gets no user. [`Response`](super::response::Response) gives each its status.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The path is not one of this endpoint.
    #[error("no such route")]
    RouteNotFound,
    /// The method is neither `GET` nor `HEAD`.
    #[error("no such method")]
    MethodNotAllowed,
    /// The authorizer context does not identify a caller. API Gateway should not have sent this
    /// request.
    #[error("no usable authorizer context")]
    Unauthorized(#[from] InvalidContext),
    /// The ID in the path is malformed.
    #[error("malformed user ID")]
    InvalidUserId(#[from] InvalidUserId),
    /// The caller may not read this user.
    #[error("the caller may not read this user")]
    Forbidden,
    /// The caller may read users, and this one does not exist.
    #[error("no such user")]
    UserNotFound,
    /// The table of users returned no usable response.
    #[error("the user could not be read")]
    Table(#[from] TableError),
    /// The item does not fit the table's schema.
    #[error("the user's item does not fit the schema")]
    Schema(#[from] SchemaError),
    /// The user could not be written as JSON.
    #[error("the user could not be written as JSON")]
    Serialize(#[from] serde_json::Error),
}
