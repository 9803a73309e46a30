//! The form of an API key: of the text itself, and of a key that is made of it.
#![no_main]

use credira_fuzz::model;
use credira_users::api_key::{ApiKey, Kind};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

fuzz_target!(|text: &str| {
    check(text);
    let kind = [Kind::Live, Kind::Test][text.len() % 2];
    let signed = [kind.prefix(), text].concat();
    let made = signed.clone() + &model::checksum(&signed);
    check(&made);
    let key = ApiKey::with_checksum(kind, text);
    assert_eq!(key.is_ok_and(|key| key.expose() == made), model::is_api_key(&made));
});

fn check(text: &str) {
    let key = ApiKey::parse(text);
    assert_eq!(key.is_ok(), model::is_api_key(text));
    if let Ok(key) = key {
        assert_eq!(key.expose(), text);
        assert_eq!(key.hash(), const_hex::encode(Sha256::digest(text)));
        // Prefix and last four characters, and nothing between.
        let hint = format!("{}…{}", &text[..9], &text[text.len() - 4..]);
        assert_eq!(key.hint(), hint);
        assert_eq!(format!("{key:?}"), format!("ApiKey({hint})"));
    }
}
