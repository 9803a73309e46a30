//! How long the authorizer keeps the record of a key in memory.

use std::{collections::HashMap, rc::Rc, sync::LazyLock, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use credira_users::{
    api_key::{ApiKey, KeyHash, Kind},
    api_key_record::ApiKeyRecord,
    authorizer::key_cache::{Clocks, KeyCache},
};

/// Seconds after a fixed point, on the wall clock and on the monotonic clock.
fn clocks(wall: u64, monotonic: u64) -> Clocks {
    static START: LazyLock<Clocks> = LazyLock::new(Clocks::now);
    Clocks {
        wall: START.wall + Duration::from_secs(wall),
        monotonic: START.monotonic + Duration::from_secs(monotonic),
    }
}

fn at(seconds: u64) -> Clocks {
    clocks(seconds, seconds)
}

fn hash(number: usize) -> KeyHash {
    let mut digits = [0; 43];
    digits[..3].copy_from_slice(&[number / 3844, number / 62 % 62, number % 62].map(|it| it as u8));
    ApiKey::with_checksum(Kind::Live, digits).hash()
}

fn insert(cache: &KeyCache, key: usize, read_at: Clocks) {
    let id = AttributeValue::S("id".to_owned());
    let item = HashMap::from(["key_id", "account_id"].map(|name| (name.to_owned(), id.clone())));
    let record = ApiKeyRecord::parse(item.into()).unwrap();
    cache.insert(hash(key), Rc::new(record), read_at);
}

#[test]
fn a_record_is_kept_for_less_than_30_seconds_on_either_clock() {
    let cache = KeyCache::default();
    insert(&cache, 0, at(10));
    for (name, now, is_kept) in [
        ("at once", at(10), true),
        ("29 seconds later", at(39), true),
        ("30 seconds later", at(40), false),
        ("after a freeze", clocks(40, 11), false),
        ("with the clock set back to a later time than the read", clocks(15, 40), false),
        ("with the clock set back to before the read", clocks(5, 11), false),
    ] {
        assert_eq!(cache.get(&hash(0), now).is_some(), is_kept, "{name}");
    }
    assert!(cache.get(&hash(1), at(10)).is_none());
    cache.remove(&hash(0));
    assert!(cache.get(&hash(0), at(11)).is_none());
}

#[test]
fn the_cache_has_an_upper_bound() {
    let cache = KeyCache::default();
    for number in 0..6_000 {
        insert(&cache, number, at(0));
    }
    let kept = |now| (0..6_000).filter(|it| cache.get(&hash(*it), now).is_some()).count();
    assert_eq!(kept(at(0)), 2_000);
    // Records that are too old make room.
    insert(&cache, 6_000, at(60));
    assert!(cache.get(&hash(6_000), at(60)).is_some());
    assert_eq!(kept(at(0)), 0);
}
