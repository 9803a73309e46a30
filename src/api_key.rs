//! The format of an API key.

use std::fmt;

use ring::digest::{SHA256, digest};

/// Random digits of a key: 256 bits.
const RANDOM_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A well-formed API key: a prefix, 43 random base-62 characters, and the CRC-32 of both as 6 more.
/// The checksum lets secret scanners find keys, and refuses a mistyped key without a lookup.
///
/// `Debug` shows only the [`hint`](Self::hint).
pub struct ApiKey {
    kind: Kind,
    text: String,
}

/// The environment a key is meant for. The API treats both alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `crd_live_`
    Live,
    /// `crd_test_`
    Test,
}

/// SHA-256 of a whole key in lower-case hex: the partition key of the table of API keys.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct KeyHash(String);

/// The text is not an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an API key")]
pub struct InvalidApiKey;

impl Kind {
    /// The prefix of keys of this kind.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Live => "crd_live_",
            Self::Test => "crd_test_",
        }
    }

    /// The kind of a key or of its hint, by the prefix.
    pub fn of(text: &str) -> Option<Self> {
        [Self::Live, Self::Test].into_iter().find(|kind| text.starts_with(kind.prefix()))
    }
}

impl ApiKey {
    /// The key of random numbers. Each is a digit, modulo 62.
    pub fn with_checksum(kind: Kind, random: [u8; RANDOM_LENGTH]) -> Self {
        let mut text = kind.prefix().to_owned();
        text.extend(random.map(|number| digit(number.into())));
        text.extend(checksum(&text));
        Self { kind, text }
    }

    /// Parses a key and checks its prefix, length, alphabet and checksum. The error does not say
    /// which of them is wrong, so that it cannot reveal the text.
    pub fn parse(text: &str) -> Result<Self, InvalidApiKey> {
        let kind = Kind::of(text).ok_or(InvalidApiKey)?;
        let body = text.strip_prefix(kind.prefix()).ok_or(InvalidApiKey)?;
        let is_base62 = body.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if body.len() != RANDOM_LENGTH + CHECKSUM_LENGTH || !is_base62 {
            return Err(InvalidApiKey);
        }
        let (signed, sum) =
            text.split_at_checked(text.len() - CHECKSUM_LENGTH).ok_or(InvalidApiKey)?;
        let is_valid = sum.chars().eq(checksum(signed));
        if is_valid { Ok(Self { kind, text: text.to_owned() }) } else { Err(InvalidApiKey) }
    }

    /// The key itself: for its owner, once, at creation.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The prefix and the last four characters: enough to tell keys apart, too little to use one.
    pub fn hint(&self) -> String {
        // A key is ASCII and longer.
        let (_, end) = self.text.split_at(self.text.len() - 4);
        format!("{}…{end}", self.kind.prefix())
    }

    /// What the table of API keys has instead of the key.
    pub fn hash(&self) -> KeyHash {
        KeyHash(const_hex::encode(digest(&SHA256, self.text.as_bytes())))
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({})", self.hint())
    }
}

impl KeyHash {
    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The CRC-32 of zlib in base 62, most significant digit first.
fn checksum(signed: &str) -> [char; CHECKSUM_LENGTH] {
    let crc = crc32fast::hash(signed.as_bytes());
    [5, 4, 3, 2, 1, 0].map(|place| digit(crc / 62_u32.pow(place)))
}

/// The last digit of a number.
#[expect(clippy::indexing_slicing, reason = "the remainder is less than the length")]
fn digit(number: u32) -> char {
    char::from(BASE62[number as usize % BASE62.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Its checksum was computed with zlib's CRC-32.
    const GOOD: &str = "crd_live_0aZ0aZ0aZ0aZ0aZ0aZ0aZ0aZ0aZ0aZ0aZ0aZ0aZ0aZ00BSonm";

    #[test]
    fn the_checksum_is_the_crc_32_of_zlib() {
        let random = std::array::from_fn(|position| [0, 36, 35][position % 3]);
        assert_eq!(ApiKey::with_checksum(Kind::Live, random).expose(), GOOD);
        assert_eq!(ApiKey::parse(GOOD).unwrap().expose(), GOOD);
    }

    #[test]
    fn a_key_with_one_character_changed_is_an_error() {
        for position in 0..GOOD.len() {
            for other in ['0', 'Z', '_', ' '] {
                let mut bad = GOOD.to_owned();
                bad.replace_range(position..=position, &other.to_string());
                assert!(bad == GOOD || ApiKey::parse(&bad).is_err(), "{bad}");
            }
        }
    }

    #[test]
    fn other_text_is_an_error() {
        for bad in
            ["", "YOUR_API_KEY", "crd_live_", "é", &GOOD[..57], &GOOD.replace("live", "demo")]
        {
            assert!(ApiKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_of_another_length_is_an_error_even_with_the_right_checksum() {
        let random = &GOOD[..GOOD.len() - CHECKSUM_LENGTH];
        for signed in [&random[..random.len() - 1], &[random, "0"].concat()] {
            let bad: String = signed.chars().chain(checksum(signed)).collect();
            assert!(ApiKey::parse(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_shows_only_its_prefix_and_its_last_four_characters() {
        let key = ApiKey::parse(GOOD).unwrap();
        assert_eq!(format!("{key:?}"), "ApiKey(crd_live_…Sonm)");
    }
}
