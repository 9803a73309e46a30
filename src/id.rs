//! The IDs of accounts and of API keys.

use serde::Serialize;

const MAX_LENGTH: usize = 128;

/// Defines an ID of 1 to 128 visible ASCII characters.
macro_rules! id {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        pub struct $name(String);

        impl $name {
            /// Returns an error for text of another form.
            pub fn parse(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                let length_fits = (1..=MAX_LENGTH).contains(&text.len());
                let fits = length_fits && text.bytes().all(|byte| byte.is_ascii_graphic());
                if fits { Ok(Self(text)) } else { Err(InvalidId) }
            }

            /// The whole ID.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

id!(AccountId, "The ID of an account.");
id!(KeyId, "The ID of an API key, for logs; never the key itself.");

/// The text is not an ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an ID has 1 to 128 visible ASCII characters")]
pub struct InvalidId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_1_to_128_visible_ascii_characters() {
        for bad in ["", " ", "\t", "acc 1", " acc_1", "acc_\n", "acc_é", &"a".repeat(129)] {
            assert_eq!(AccountId::parse(bad), Err(InvalidId), "{bad:?}");
            assert_eq!(KeyId::parse(bad), Err(InvalidId), "{bad:?}");
        }
        assert!(AccountId::parse("a".repeat(128)).is_ok());
    }
}
