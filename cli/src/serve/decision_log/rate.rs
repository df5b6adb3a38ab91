//! How many events a second are taken.

use std::time::Instant;

/// A bucket that fills with time, and from which each event takes one; it holds as much as comes in a second.
#[derive(Debug)]
pub(super) struct Limiter {
    per_second: f64,
    tokens: f64,
    last: Instant,
}

impl Limiter {
    pub(super) fn new(per_second: f64, now: Instant) -> Self {
        // As OPA's, which takes one event at least, however few are allowed in a second.
        Self { per_second, tokens: per_second.max(1.0).floor(), last: now }
    }

    /// Whether an event may be taken now.
    pub(super) fn takes(&mut self, now: Instant) -> bool {
        let most = self.per_second.max(1.0).floor();
        let since = now.saturating_duration_since(self.last).as_secs_f64();
        self.tokens = since.mul_add(self.per_second, self.tokens).min(most);
        self.last = now;
        let takes = self.tokens >= 1.0;
        if takes {
            self.tokens -= 1.0;
        }
        takes
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_more_events_a_second_are_taken_than_allowed() {
        let start = Instant::now();
        let mut limiter = Limiter::new(2.0, start);
        let mut takes = |milliseconds| limiter.takes(start + Duration::from_millis(milliseconds));
        let answers = [0, 0, 0, 400, 500, 500, 1500, 9000, 9000, 9000].map(&mut takes);
        assert_eq!(answers, [true, true, false, false, true, false, true, true, true, false]);
    }
}
