//! The format of an API key, and when a key is active.

use std::time::{Duration, UNIX_EPOCH};

use credira_users::{
    api_key::{ApiKey, Kind},
    api_key_record::{ApiKeyRecord, InactiveKey},
};

/// Its checksum was computed with zlib's CRC-32.
const GOOD: &str = "crd_live_0aZ0aZ0aZ0aZ0aZ0aZ0aZ0aZ0aZ0aZ0aZ0aZ0aZ0aZ00BSonm";

#[test]
fn the_checksum_is_the_crc_32_of_zlib() {
    let random = &GOOD["crd_live_".len()..][..43];
    assert_eq!(ApiKey::with_checksum(Kind::Live, random).unwrap().expose(), GOOD);
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
    for bad in ["", "YOUR_API_KEY", "crd_live_", "é", &GOOD[..57], &GOOD.replace("live", "demo")] {
        assert!(ApiKey::parse(bad).is_err(), "{bad}");
    }
    for random in ["a".repeat(42), "a".repeat(44), "é".repeat(21) + "a"] {
        assert!(ApiKey::with_checksum(Kind::Live, &random).is_err(), "{random}");
    }
}

#[test]
fn a_key_shows_only_its_prefix_and_its_last_four_characters() {
    let key = ApiKey::parse(GOOD).unwrap();
    assert_eq!(format!("{key:?}"), "ApiKey(crd_live_…Sonm)");
}

#[test]
fn a_key_stops_working_in_the_second_of_its_expiry() {
    let record = ApiKeyRecord { expires_at: Some(100), ..Default::default() };
    let at = |milliseconds| record.check(UNIX_EPOCH + Duration::from_millis(milliseconds));
    assert_eq!(at(99_999), Ok(()));
    assert_eq!(at(100_000), Err(InactiveKey::Expired));
}
