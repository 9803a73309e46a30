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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_the_prefix_and_1_to_64_letters_or_digits() {
        for good in ["user_1", "user_aZ09", &format!("user_{}", "x".repeat(64))] {
            assert_eq!(UserId::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn anything_else_is_an_error() {
        let too_long = format!("user_{}", "x".repeat(65));
        for bad in [
            "", "user", "user_", "User_1", "usr_1", "user_1 ", " user_1", "user_1\n", "user_a_b",
            "user_a-b", "user_é", "user_１", "user_1/2", "user_%31", "user_\0", "..", &too_long,
        ] {
            assert_eq!(UserId::parse(bad), Err(InvalidUserId), "{bad:?}");
        }
    }
}
