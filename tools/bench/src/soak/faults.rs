//! The faults, and which responses they can change.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use fastrand::Rng;

/// After this time a fault changes no later request.
const AFTERMATH: Duration = Duration::from_secs(1);

/// What the table sends instead of its response.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    Throttled,
    Failed,
    /// Nothing, in the time that a function waits.
    Stalled,
    Reset,
    /// A part of the response, and then a reset.
    ResetInTheMiddle,
    /// A part of the response, and then the end of the connection.
    CutOff,
    Html,
    NotHttp,
    /// A success without a body.
    NoBody,
    /// The response with a changed byte.
    Damaged,
    /// An item that somebody else requested.
    OtherItem,
}

const FAULTS: [Fault; 11] = [
    Fault::Throttled,
    Fault::Failed,
    Fault::Stalled,
    Fault::Reset,
    Fault::ResetInTheMiddle,
    Fault::CutOff,
    Fault::Html,
    Fault::NotHttp,
    Fault::NoBody,
    Fault::Damaged,
    Fault::OtherItem,
];

/// How a fault can change the response to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// A function does not respond.
    NoResponse,
    /// A table cannot be read.
    NoTable,
    /// A function gets an item that it did not request.
    OtherItem,
}

/// How often faults happen, and those that have happened.
#[derive(Default)]
pub(crate) struct Faults(Mutex<State>);

#[derive(Default)]
struct State {
    percent: u8,
    counts: BTreeMap<&'static str, u64>,
    /// When each effect was last caused.
    last: BTreeMap<Effect, Instant>,
}

impl Fault {
    fn name(self) -> &'static str {
        match self {
            Self::Throttled => "table throttles",
            Self::Failed => "table fails",
            Self::Stalled => "table stalls",
            Self::Reset => "table resets the connection",
            Self::ResetInTheMiddle => "table resets the connection in a response",
            Self::CutOff => "table closes the connection in a response",
            Self::Html => "table sends HTML",
            Self::NotHttp => "table sends bytes that are not HTTP",
            Self::NoBody => "table sends an empty response",
            Self::Damaged => "table sends a damaged response",
            Self::OtherItem => "table sends another item",
        }
    }
}

impl Faults {
    /// From now on, this share of the table's responses and new connections is faulty.
    pub(crate) fn set_rate(&self, percent: u8) {
        self.state().percent = percent;
    }

    /// The fault of a response, if it has one.
    pub(crate) fn of_a_response(&self, rng: &mut Rng) -> Option<Fault> {
        let fault = if self.happens(rng) { rng.choice(FAULTS) } else { None }?;
        let is_item = matches!(fault, Fault::OtherItem);
        self.record(fault.name(), if is_item { Effect::OtherItem } else { Effect::NoTable });
        Some(fault)
    }

    /// Whether the table refuses a new connection. At most every fourth, so that enough requests are
    /// left for the other faults.
    pub(crate) fn refuses_connection(&self, rng: &mut Rng) -> bool {
        let is_refused = rng.u8(..4) == 0 && self.happens(rng);
        if is_refused {
            self.record("table refuses a connection", Effect::NoTable);
        }
        is_refused
    }

    /// Notes that a function was killed.
    pub(crate) fn function_killed(&self) {
        self.record("function killed", Effect::NoResponse);
    }

    /// What can have changed a response that has just arrived, and whose request was sent at `start`.
    pub(crate) fn effects_since(&self, start: Instant) -> Vec<Effect> {
        let state = self.state();
        let recent = state.last.iter().filter(|(_, last)| **last + AFTERMATH >= start);
        recent.map(|(effect, _)| *effect).collect()
    }

    /// The number of faults, by name.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.state().counts.clone()
    }

    fn happens(&self, rng: &mut Rng) -> bool {
        rng.u8(..100) < self.state().percent
    }

    fn record(&self, name: &'static str, effect: Effect) {
        let mut state = self.state();
        *state.counts.entry(name).or_default() += 1;
        state.last.insert(effect, Instant::now());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
