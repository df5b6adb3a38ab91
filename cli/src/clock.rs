//! The machine's clock, for the engine that has none.

use std::time::{Duration, Instant};

use portcullis::suite::run::Clock;

/// Time since it was made.
#[derive(Debug)]
pub(crate) struct MonotonicClock {
    start: Instant,
}

impl MonotonicClock {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for MonotonicClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}
