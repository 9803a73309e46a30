//! What the response to a request must be.

use serde_json::Value;

use super::{faults::Effect, response::Response};

/// Status, code and message of an error.
#[derive(Clone, Copy)]
pub(crate) struct Error(pub(crate) u16, pub(crate) &'static str, pub(crate) &'static str);

pub(crate) const INVALID_ID: Error = Error(400, "INVALID_REQUEST", "Invalid user ID format");
pub(crate) const UNAUTHORIZED: Error = Error(401, "UNAUTHORIZED", "Invalid or missing API key");
pub(crate) const FORBIDDEN: Error =
    Error(403, "FORBIDDEN", "You don't have permission to access this user");
pub(crate) const NO_USER: Error = Error(404, "NOT_FOUND", "User not found");
pub(crate) const NO_ROUTE: Error = Error(404, "NOT_FOUND", "Route not found");
pub(crate) const NO_METHOD: Error = Error(405, "METHOD_NOT_ALLOWED", "Method not allowed");
pub(crate) const INTERNAL: Error = Error(500, "INTERNAL_ERROR", "Internal server error");
pub(crate) const UNAVAILABLE: Error =
    Error(503, "SERVICE_UNAVAILABLE", "Service temporarily unavailable");

/// The response to a request while no fault happens.
pub(crate) struct Expectation {
    pub(crate) is_head: bool,
    /// The user's `data`, `None` if the client has it already, or an error.
    pub(crate) result: Result<Option<Value>, Error>,
    /// The user's entity tag, once it is known.
    pub(crate) etag: Option<String>,
    /// Whether a table may be read.
    pub(crate) uses_table: bool,
}

/// A response that the contract allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The response without a fault.
    Expected,
    /// An error that a fault explains.
    Failed,
}

/// A response that the contract does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrong {
    /// It shows a user that was not asked for, or that the caller may not read.
    OtherUser,
    /// The envelope, or a header that every response has, is missing or wrong.
    NoEnvelope,
    /// It is not the response to this request, or there is none.
    Response,
}

impl Expectation {
    /// Compares a response with this expectation. `effects` are those of the faults that can have
    /// changed it.
    pub(crate) fn check(&self, response: &Response, effects: &[Effect]) -> Result<Outcome, Wrong> {
        let has_body = !self.is_head && response.status != 304;
        let Some(content) = response.content(has_body) else {
            let is_refused = self.result.is_err() && response.shows_a_user();
            return Err(if is_refused { Wrong::OtherUser } else { Wrong::NoEnvelope });
        };
        let is = |Error(status, code, message): Error| {
            let body = content.error.as_ref();
            response.status == status
                && content.data.is_none()
                && body.is_none_or(|body| body.code == code && body.message == message)
        };
        let is_by_a_function = response.is_by_a_function();
        let (is_expected, is_other_user) = match &self.result {
            Ok(user) => {
                let is_the_user = content.data.as_ref() == user.as_ref().filter(|_| has_body);
                let status = if user.is_some() { 200 } else { 304 };
                let has_its_etag =
                    self.etag.is_none() || self.etag.as_deref() == response.header("etag");
                let is_expected = response.status == status && is_the_user && has_its_etag;
                (is_expected, content.data.is_some() && !is_the_user)
            }
            // Without a body, a success still tells that the user exists.
            Err(error) => (is_by_a_function && is(*error), matches!(response.status, 200 | 304)),
        };
        let is_explained = |effect: &Effect| match effect {
            Effect::NoResponse => !is_by_a_function && is(UNAVAILABLE),
            Effect::NoTable => self.uses_table && is(UNAVAILABLE),
            // The authorizer fails, and `get-user` responds.
            Effect::OtherItem => {
                self.uses_table && is(if is_by_a_function { INTERNAL } else { UNAVAILABLE })
            }
        };
        if is_expected {
            Ok(Outcome::Expected)
        } else if effects.iter().any(is_explained) {
            Ok(Outcome::Failed)
        } else {
            Err(if is_other_user { Wrong::OtherUser } else { Wrong::Response })
        }
    }
}
