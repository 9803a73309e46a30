//! What can go wrong with a request for a user.

use crate::{request::InvalidContext, user_id::InvalidUserId, users_table::FindError};

/// Why a request gets no user. [`crate::response`] says how the client hears of it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path is not this endpoint's.
    #[error("no such route")]
    RouteNotFound,
    /// The path is, and the method is neither `GET` nor `HEAD`.
    #[error("no such method")]
    MethodNotAllowed,
    /// Nobody vouches for the caller. The gateway should not have let this one through.
    #[error("no usable authorizer context")]
    Unauthorized(#[from] InvalidContext),
    /// The path's ID is malformed.
    #[error("no user ID")]
    InvalidUserId(#[from] InvalidUserId),
    /// The caller may not read this user.
    #[error("not this caller's to read")]
    Forbidden,
    /// The caller may read users, and there is no such one.
    #[error("no such user")]
    UserNotFound,
    /// The table gave no user.
    #[error("the user could not be read")]
    Find(#[from] FindError),
    /// The user could not be written.
    #[error("the user could not be written as JSON")]
    Serialize(#[from] serde_json::Error),
}
