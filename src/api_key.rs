//! The format of an API key.

use std::fmt;

use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

const RANDOM_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A well-formed API key: a prefix, 43 random base-62 characters, and 6 more that are the CRC-32
/// of all before. The checksum lets secret scanners find keys, and a typo is refused unasked.
///
/// Its memory is wiped when it is dropped, and its `Display` and `Debug` show no more than
/// [`hint`](Self::hint).
pub struct ApiKey(Zeroizing<String>);

/// What a key is for. The API treats both alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `crd_live_`
    Live,
    /// `crd_test_`
    Test,
}

/// The text is no API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an API key")]
pub struct InvalidApiKey;

impl Kind {
    const ALL: [Self; 2] = [Self::Live, Self::Test];

    /// What a key of this kind starts with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Live => "crd_live_",
            Self::Test => "crd_test_",
        }
    }

    /// The kind of a key, or of its hint.
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| text.starts_with(kind.prefix()))
    }
}

impl ApiKey {
    /// Draws a new key from the operating system's randomness: 43 characters, 256 bits.
    pub fn generate(kind: Kind) -> Result<Self, getrandom::Error> {
        let mut text = Zeroizing::new(String::with_capacity(64));
        text.push_str(kind.prefix());
        text.push_str(&random_base62(RANDOM_LENGTH)?);
        let sum = checksum(&text);
        text.extend(sum.map(char::from));
        Ok(Self(text))
    }

    /// Checks prefix, length, alphabet and checksum.
    pub fn parse(text: &str) -> Result<Self, InvalidApiKey> {
        let prefix = Kind::of(text).ok_or(InvalidApiKey)?.prefix();
        let body = text.strip_prefix(prefix).ok_or(InvalidApiKey)?;
        let is_base62 = body.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if body.len() != RANDOM_LENGTH + CHECKSUM_LENGTH || !is_base62 {
            return Err(InvalidApiKey);
        }
        let (signed, sum) =
            text.split_at_checked(text.len() - CHECKSUM_LENGTH).ok_or(InvalidApiKey)?;
        if sum.as_bytes() == checksum(signed) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(InvalidApiKey)
        }
    }

    /// The key itself: to be shown once, at creation, to whom it is for.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Enough to tell one's keys apart, and too little to use: prefix and last four characters.
    pub fn hint(&self) -> String {
        let prefix = Kind::of(&self.0).map_or("", Kind::prefix);
        let end = self.0.get(self.0.len().saturating_sub(4)..).unwrap_or("");
        format!("{prefix}…{end}")
    }

    /// SHA-256 of the whole key in lower-case hex: the partition key of the table of keys.
    pub fn hash(&self) -> String {
        const_hex::encode(digest(&SHA256, self.0.as_bytes()))
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hint())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({})", self.hint())
    }
}

/// Base-62 characters from the operating system's randomness, each as likely as any other.
pub fn random_base62(length: usize) -> Result<Zeroizing<String>, getrandom::Error> {
    let mut text = Zeroizing::new(String::with_capacity(length));
    let mut bytes = Zeroizing::new([0; 64]);
    while text.len() < length {
        getrandom::getrandom(&mut *bytes)?;
        // 248 is the last multiple of 62 in a byte's range: what is above would favour some.
        let fair = bytes.iter().filter(|byte| **byte < 248);
        let digits = fair.map(|byte| char::from(base62_digit(u32::from(*byte))));
        let missing = length - text.len();
        text.extend(digits.take(missing));
    }
    Ok(text)
}

/// The CRC-32 of zlib in base 62, most significant digit first.
fn checksum(signed: &str) -> [u8; CHECKSUM_LENGTH] {
    let mut rest = crc32fast::hash(signed.as_bytes());
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = base62_digit(rest);
        rest /= 62;
    }
    digits
}

/// The last digit of `number` in base 62.
#[expect(clippy::indexing_slicing, reason = "the remainder is less than the alphabet's length")]
fn base62_digit(number: u32) -> u8 {
    BASE62[number as usize % BASE62.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(prefix: &str, random: &str) -> String {
        let signed = format!("{prefix}{random}");
        let sum = checksum(&signed).map(char::from);
        signed + &String::from_iter(sum)
    }

    #[test]
    fn the_checksum_is_the_crc_of_zlib() {
        // 0xCBF43926, the check value of CRC-32 in the catalogue of CRC algorithms.
        assert_eq!(checksum("123456789"), *b"3jZRME");
    }

    #[test]
    fn a_key_with_any_character_changed_is_refused() {
        let good = key("crd_live_", &"0aZ".repeat(15)[..43]);
        assert_eq!(ApiKey::parse(&good).unwrap().expose(), good);
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
    fn a_key_shows_its_prefix_and_its_last_four_characters() {
        let text = key("crd_test_", &"s".repeat(43));
        let hint = format!("crd_test_…{}", &text[text.len() - 4..]);
        let key = ApiKey::parse(&text).unwrap();
        assert_eq!(format!("{key} {key:?}"), format!("{hint} ApiKey({hint})"));
    }

    /// Pearson's chi-squared at every position. Of a billion fair generators one would fail.
    #[test]
    fn generated_keys_are_uniform_distinct_and_well_formed() {
        const KEYS: usize = 100_000;
        const LARGEST_CHI_SQUARED: f64 = 165.0; // 61 degrees of freedom, 43 positions
        let mut counts = vec![[0_u32; 128]; RANDOM_LENGTH];
        let mut seen = std::collections::HashSet::new();
        for _ in 0..KEYS {
            let key = ApiKey::generate(Kind::Live).unwrap();
            let text = key.expose();
            assert!(ApiKey::parse(text).is_ok(), "{text}");
            let random = text.strip_prefix("crd_live_").unwrap();
            for (count, digit) in counts.iter_mut().zip(random.bytes()) {
                count[usize::from(digit)] += 1;
            }
            assert!(seen.insert(text.to_owned()), "{text} was drawn twice");
        }
        let expected = KEYS as f64 / 62.0;
        for (position, count) in counts.iter().enumerate() {
            let deviation = |digit: &u8| (f64::from(count[usize::from(*digit)]) - expected).powi(2);
            let chi_squared = BASE62.iter().map(deviation).sum::<f64>() / expected;
            assert!(chi_squared < LARGEST_CHI_SQUARED, "position {position}: {chi_squared}");
        }
    }
}
