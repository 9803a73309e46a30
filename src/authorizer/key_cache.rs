//! Records of API keys, kept in memory.

use std::{
    cell::RefCell,
    collections::HashMap,
    rc::Rc,
    time::{Duration, Instant, SystemTime},
};

use crate::api_key_record::ApiKeyRecord;

/// A revoked key must stop working within this time.
const MAX_AGE: Duration = Duration::from_secs(30);
/// More keys than one execution environment sees in 30 seconds, in little memory.
const MAX_ENTRIES: usize = 2_000;

/// The records of keys that were found in the table, by the key's hash. A key that was not found
/// is not kept, because it may be created at any moment.
#[derive(Default)]
pub(crate) struct KeyCache {
    entries: RefCell<HashMap<String, Entry>>,
}

struct Entry {
    read_at: Clocks,
    record: Rc<ApiKeyRecord>,
}

impl KeyCache {
    /// The record, if it was read from the table in the last 30 seconds.
    pub(crate) fn get(&self, key_hash: &str, now: Clocks) -> Option<Rc<ApiKeyRecord>> {
        let entries = self.entries.borrow();
        let entry = entries.get(key_hash)?;
        entry.is_fresh(now).then(|| entry.record.clone())
    }

    /// Keeps a record whose request was sent to the table at `read_at`.
    pub(crate) fn insert(&self, key_hash: String, record: Rc<ApiKeyRecord>, read_at: Clocks) {
        let mut entries = self.entries.borrow_mut();
        if entries.len() >= MAX_ENTRIES {
            entries.retain(|_, entry| entry.is_fresh(read_at));
        }
        if entries.len() < MAX_ENTRIES {
            entries.insert(key_hash, Entry { read_at, record });
        }
    }
}

impl Entry {
    fn is_fresh(&self, now: Clocks) -> bool {
        now.since(self.read_at).is_some_and(|age| age < MAX_AGE)
    }
}

/// One point in time on both clocks. The monotonic clock may stand still while Lambda has the
/// process frozen, and the wall clock can be set back.
#[derive(Clone, Copy)]
pub(crate) struct Clocks {
    pub(crate) wall: SystemTime,
    monotonic: Instant,
}

impl Clocks {
    pub(crate) fn now() -> Self {
        Self { wall: SystemTime::now(), monotonic: Instant::now() }
    }

    /// The longer of the times that passed on the clocks; `None` if the wall clock was set back.
    fn since(self, earlier: Self) -> Option<Duration> {
        let wall = self.wall.duration_since(earlier.wall).ok()?;
        Some(wall.max(self.monotonic.duration_since(earlier.monotonic)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

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

    fn insert(cache: &KeyCache, key_hash: &str, read_at: Clocks) {
        cache.insert(key_hash.to_owned(), Rc::default(), read_at);
    }

    #[test]
    fn a_record_is_kept_for_less_than_30_seconds() {
        let cache = KeyCache::default();
        insert(&cache, "a", at(0));
        assert!(cache.get("a", at(0)).is_some());
        assert!(cache.get("a", at(29)).is_some());
        assert!(cache.get("a", at(30)).is_none());
        assert!(cache.get("b", at(0)).is_none());
    }

    #[test]
    fn neither_a_freeze_nor_a_clock_that_is_set_back_extends_its_time() {
        let cache = KeyCache::default();
        insert(&cache, "a", at(10));
        assert!(cache.get("a", clocks(40, 11)).is_none(), "frozen");
        assert!(cache.get("a", clocks(15, 40)).is_none(), "set back to a later time than the read");
        assert!(cache.get("a", clocks(5, 11)).is_none(), "set back to before the read");
    }

    #[test]
    fn the_cache_has_an_upper_bound() {
        let cache = KeyCache::default();
        for number in 0..3 * MAX_ENTRIES {
            insert(&cache, &number.to_string(), at(0));
        }
        assert_eq!(cache.entries.borrow().len(), MAX_ENTRIES);
        // Records that are too old make room.
        insert(&cache, "new", at(60));
        assert_eq!(cache.entries.borrow().len(), 1);
    }
}
