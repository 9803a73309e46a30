//! The faults that have happened, and which responses they can have changed.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;

/// After this time a fault changes no later request.
const AFTERMATH: Duration = Duration::from_secs(1);

/// What is injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// A function is killed.
    Kill,
    /// A function gets an item that it did not request.
    OtherItem,
    /// A table cannot be read, because it does this.
    Table(&'static str),
}

/// How often faults happen, and those that have happened.
#[derive(Default)]
pub(super) struct Faults {
    percent: AtomicU8,
    log: Mutex<Vec<(Instant, Fault)>>,
}

impl Faults {
    /// From now on, this share of the table's responses and new connections is faulty.
    pub(super) fn set_rate(&self, percent: u8) {
        self.percent.store(percent, Ordering::Relaxed);
    }

    /// Whether one happens now.
    pub(super) fn happens(&self, rng: &mut Rng) -> bool {
        rng.u8(..100) < self.percent.load(Ordering::Relaxed)
    }

    pub(super) fn record(&self, fault: Fault) {
        self.log().push((Instant::now(), fault));
    }

    /// Those that can have changed a response that has just arrived, and whose request was sent at
    /// `start`.
    pub(super) fn since(&self, start: Instant) -> Vec<Fault> {
        let log = self.log();
        let recent = log.iter().rev().take_while(|(time, _)| *time + AFTERMATH >= start);
        recent.map(|(_, fault)| *fault).collect()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Fault> {
        self.log().iter().map(|(_, fault)| *fault).collect()
    }

    fn log(&self) -> MutexGuard<'_, Vec<(Instant, Fault)>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
