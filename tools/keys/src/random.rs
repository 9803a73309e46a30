//! Random keys and key IDs.

use credira_users::api_key::{ApiKey, BASE62, Kind, RANDOM_LENGTH};

use crate::error::Error;

/// Returns a new key with 43 random characters, which are 256 bits.
pub(crate) fn api_key(kind: Kind) -> Result<ApiKey, Error> {
    Ok(ApiKey::with_checksum(kind, &base62(RANDOM_LENGTH)?)?)
}

/// Returns uniformly distributed base-62 characters from the operating system's randomness.
pub(crate) fn base62(length: usize) -> Result<String, getrandom::Error> {
    let mut text = String::with_capacity(length);
    let mut byte = [0];
    while text.len() < length {
        getrandom::getrandom(&mut byte)?;
        let [byte] = byte;
        // 248 is the largest multiple of 62 in a byte. Larger bytes would make some characters more
        // likely than others.
        if byte < 248 {
            text.extend(BASE62.get(usize::from(byte % 62)).copied().map(char::from));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Pearson's chi-squared test at every position. A fair generator fails once in a billion runs.
    #[test]
    fn keys_are_uniform_distinct_and_well_formed() {
        const KEYS: usize = 100_000;
        const LARGEST_CHI_SQUARED: f64 = 165.0; // 61 degrees of freedom, 43 positions
        let mut counts = vec![[0_u32; 128]; RANDOM_LENGTH];
        let mut seen = HashSet::new();
        for _ in 0..KEYS {
            let key = api_key(Kind::Live).unwrap();
            let text = key.expose();
            assert!(ApiKey::parse(text).is_ok(), "{text}");
            let random = text.strip_prefix("crd_live_").unwrap();
            for (count, digit) in counts.iter_mut().zip(random.bytes()) {
                count[usize::from(digit)] += 1;
            }
            assert!(seen.insert(text.to_owned()), "{text} occurred twice");
        }
        let expected = KEYS as f64 / 62.0;
        for (position, count) in counts.iter().enumerate() {
            let deviation = |digit: &u8| (f64::from(count[usize::from(*digit)]) - expected).powi(2);
            let chi_squared = BASE62.iter().map(deviation).sum::<f64>() / expected;
            assert!(chi_squared < LARGEST_CHI_SQUARED, "position {position}: {chi_squared}");
        }
    }
}
