//! The format of an API key.

use std::fmt;

use sha2::{Digest, Sha256};

const PREFIXES: [&str; 2] = ["crd_live_", "crd_test_"];
const RANDOM_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A well-formed API key: a prefix, 43 base-62 characters, and 6 more that are the CRC-32 of all
/// before. The checksum lets secret scanners find keys, and lets a typo be refused unasked.
pub struct ApiKey(String);

/// The text is no API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an API key")]
pub struct InvalidApiKey;

impl ApiKey {
    /// Checks prefix, length, alphabet and checksum.
    pub fn parse(text: &str) -> Result<Self, InvalidApiKey> {
        let body =
            PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)).ok_or(InvalidApiKey)?;
        let is_base62 = body.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if body.len() != RANDOM_LENGTH + CHECKSUM_LENGTH || !is_base62 {
            return Err(InvalidApiKey);
        }
        let (signed, sum) =
            text.split_at_checked(text.len() - CHECKSUM_LENGTH).ok_or(InvalidApiKey)?;
        if sum == checksum(signed) { Ok(Self(text.to_owned())) } else { Err(InvalidApiKey) }
    }

    /// SHA-256 of the whole key in lower-case hex: the partition key of the table of keys.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(&self.0))
    }
}

/// Shows the prefix only.
impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = PREFIXES.iter().find(|prefix| self.0.starts_with(*prefix));
        write!(f, "ApiKey({}…)", prefix.unwrap_or(&""))
    }
}

/// The CRC-32 of zlib in base 62, most significant digit first.
fn checksum(signed: &str) -> String {
    let mut rest = crc32fast::hash(signed.as_bytes());
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62.get(rest as usize % BASE62.len()).copied().unwrap_or(b'0');
        rest /= BASE62.len() as u32;
    }
    digits.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(prefix: &str, random: &str) -> String {
        let signed = format!("{prefix}{random}");
        let sum = checksum(&signed);
        signed + &sum
    }

    #[test]
    fn the_checksum_is_the_crc_of_zlib() {
        // 0xCBF43926, the check value of CRC-32 in the catalogue of CRC algorithms.
        assert_eq!(checksum("123456789"), "3jZRME");
    }

    #[test]
    fn live_and_test_keys_are_read() {
        for prefix in PREFIXES {
            let text = key(prefix, &"a".repeat(43));
            assert!(ApiKey::parse(&text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_key_with_any_character_changed_is_refused() {
        let good = key("crd_live_", &"0aZ".repeat(15)[..43]);
        for position in 0..good.len() {
            for other in ['0', 'Z', '_', ' '] {
                let mut bad = good.clone();
                bad.replace_range(position..=position, &other.to_string());
                assert!(bad == good || ApiKey::parse(&bad).is_err(), "{bad}");
            }
        }
    }

    #[test]
    fn other_text_is_refused() {
        let short = key("crd_live_", &"a".repeat(42));
        let long = key("crd_live_", &"a".repeat(44));
        let other = key("crd_demo_", &"a".repeat(43));
        let odd = key("crd_live_", &"é".repeat(21));
        for bad in ["", "YOUR_API_KEY", "crd_live_", "é", &short, &long, &other, &odd] {
            assert!(ApiKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_more_than_the_prefix() {
        let key = ApiKey::parse(&key("crd_test_", &"s".repeat(43))).unwrap();
        assert_eq!(format!("{key:?}"), "ApiKey(crd_test_…)");
    }
}
