//! The identifier of a user.

use serde::Serialize;

const PREFIX: &str = "user_";
const MAX_SUFFIX_LENGTH: usize = 64;

/// A well-formed user ID: `user_`, then 1 to 64 ASCII letters or digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct UserId(String);

/// The text is not a user ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a user ID is `user_` followed by 1 to 64 ASCII letters or digits")]
pub struct InvalidUserId;

impl UserId {
    /// Parses the ID as it stands in the path. The path is not decoded, so a percent-encoded ID is
    /// an error, like any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidUserId> {
        let suffix = text.strip_prefix(PREFIX).ok_or(InvalidUserId)?;
        let length_fits = (1..=MAX_SUFFIX_LENGTH).contains(&suffix.len());
        let fits = length_fits && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidUserId) }
    }

    /// The whole ID, prefix included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
