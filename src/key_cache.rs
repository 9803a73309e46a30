//! Verified keys, kept in memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{api_key_record::ApiKeyRecord, moment::Moment};

/// A revoked key must be dead within this time.
const MAX_AGE: Duration = Duration::from_secs(30);
/// More keys than one environment sees in 30 seconds, and little memory.
const MAX_ENTRIES: usize = 2_000;

/// The records of keys that were found in the table, by the key's hash. A key that was not found
/// is not kept: it may be created the next moment.
#[derive(Default)]
pub(crate) struct KeyCache {
    entries: Mutex<HashMap<String, Entry>>,
}

struct Entry {
    read_at: Moment,
    record: Arc<ApiKeyRecord>,
}

impl KeyCache {
    /// The record, if it was read from the table in the last 30 seconds.
    pub(crate) fn get(&self, key_hash: &str, now: Moment) -> Option<Arc<ApiKeyRecord>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(key_hash)?;
        entry.is_fresh(now).then(|| entry.record.clone())
    }

    /// Keeps a record that the table was asked for at `read_at`, and gives it back.
    pub(crate) fn insert(&self, record: Arc<ApiKeyRecord>, read_at: Moment) -> Arc<ApiKeyRecord> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_ENTRIES {
            entries.retain(|_, entry| entry.is_fresh(read_at));
        }
        if entries.len() < MAX_ENTRIES {
            let entry = Entry { read_at, record: record.clone() };
            entries.insert(record.key_hash.clone(), entry);
        }
        record
    }
}

impl Entry {
    fn is_fresh(&self, now: Moment) -> bool {
        now.since(self.read_at).is_some_and(|age| age < MAX_AGE)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    /// So many seconds after some start, by the wall clock and by the monotonic one.
    fn by(wall: u64, monotonic: u64) -> Moment {
        static START: LazyLock<Moment> = LazyLock::new(Moment::now);
        Moment {
            wall: START.wall + Duration::from_secs(wall),
            monotonic: START.monotonic + Duration::from_secs(monotonic),
        }
    }

    fn at(seconds: u64) -> Moment {
        by(seconds, seconds)
    }

    fn record(key_hash: String) -> Arc<ApiKeyRecord> {
        Arc::new(ApiKeyRecord { key_hash, ..Default::default() })
    }

    #[test]
    fn a_record_is_kept_for_less_than_30_seconds() {
        let cache = KeyCache::default();
        cache.insert(record("a".into()), at(0));
        assert!(cache.get("a", at(0)).is_some());
        assert!(cache.get("a", at(29)).is_some());
        assert!(cache.get("a", at(30)).is_none());
        assert!(cache.get("b", at(0)).is_none());
    }

    #[test]
    fn neither_a_freeze_nor_a_clock_that_is_set_back_makes_it_younger() {
        let cache = KeyCache::default();
        cache.insert(record("a".into()), at(10));
        assert!(cache.get("a", by(40, 11)).is_none(), "frozen");
        assert!(cache.get("a", by(15, 40)).is_none(), "set back a little");
        assert!(cache.get("a", by(5, 11)).is_none(), "set back to before");
    }

    #[test]
    fn it_never_grows_over_its_bound() {
        let cache = KeyCache::default();
        for number in 0..3 * MAX_ENTRIES {
            cache.insert(record(number.to_string()), at(0));
        }
        assert_eq!(cache.entries.lock().unwrap().len(), MAX_ENTRIES);
        // Once the old ones are stale there is room again.
        cache.insert(record("new".into()), at(60));
        assert_eq!(cache.entries.lock().unwrap().len(), 1);
    }
}
