//! Time that passes while Lambda has the process frozen, too.

use std::time::{Duration, Instant, SystemTime};

/// A moment by both clocks. The monotonic one may stand still while Lambda has the process
/// frozen; the wall clock may be set back.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) wall: SystemTime,
    pub(crate) monotonic: Instant,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self { wall: SystemTime::now(), monotonic: Instant::now() }
    }

    /// The longer of the two times that the clocks say passed; `None` where one went back.
    pub(crate) fn since(self, earlier: Self) -> Option<Duration> {
        let wall = self.wall.duration_since(earlier.wall).ok()?;
        Some(wall.max(self.monotonic.checked_duration_since(earlier.monotonic)?))
    }
}
