//! Records of API keys, kept in memory.

use std::{
    cell::RefCell,
    collections::HashMap,
    rc::Rc,
    time::{Duration, Instant, SystemTime},
};

use crate::{api_key::KeyHash, api_key_record::ApiKeyRecord};

/// A revoked key must stop working within this time.
const MAX_AGE: Duration = Duration::from_secs(30);
/// More keys than one execution environment sees in 30 seconds, in little memory.
const MAX_ENTRIES: usize = 2_000;

/// The records of keys that were found in the table, by the key's hash. A key that was not found
/// is not kept, because it may be created at any moment.
#[derive(Default)]
pub struct KeyCache {
    entries: RefCell<HashMap<KeyHash, Entry>>,
}

struct Entry {
    read_at: Clocks,
    record: Rc<ApiKeyRecord>,
}

impl KeyCache {
    /// The record, if it was read from the table in the last 30 seconds.
    pub fn get(&self, key_hash: &KeyHash, now: Clocks) -> Option<Rc<ApiKeyRecord>> {
        let entries = self.entries.borrow();
        let entry = entries.get(key_hash)?;
        entry.is_fresh(now).then(|| entry.record.clone())
    }

    /// Removes the record of a key that is no longer in the table.
    pub fn remove(&self, key_hash: &KeyHash) {
        self.entries.borrow_mut().remove(key_hash);
    }

    /// Keeps a record whose request was sent to the table at `read_at`.
    pub fn insert(&self, key_hash: KeyHash, record: Rc<ApiKeyRecord>, read_at: Clocks) {
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

/// One point in time on both clocks.
#[derive(Clone, Copy)]
pub struct Clocks {
    /// Can be set back.
    pub wall: SystemTime,
    /// May stand still while Lambda has the process frozen.
    pub monotonic: Instant,
}

impl Clocks {
    /// The current time.
    pub fn now() -> Self {
        Self { wall: SystemTime::now(), monotonic: Instant::now() }
    }

    /// The longer of the times that passed on the clocks; `None` if the wall clock was set back.
    fn since(self, earlier: Self) -> Option<Duration> {
        let wall = self.wall.duration_since(earlier.wall).ok()?;
        Some(wall.max(self.monotonic.duration_since(earlier.monotonic)))
    }
}
