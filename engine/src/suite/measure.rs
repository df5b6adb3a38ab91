//! Measures how long something takes: it is done again and again, for some time.

use std::time::Duration;

use super::run::Clock;

/// How long something took that was done several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// How many times.
    pub runs: u64,
    /// How long all of them took together.
    pub total: Duration,
}

impl Measured {
    /// How many nanoseconds it took each time.
    #[expect(clippy::cast_precision_loss, reason = "nobody does anything 2^52 times")]
    pub fn nanoseconds(&self) -> f64 {
        self.total.as_secs_f64() * 1e9 / self.runs.max(1) as f64
    }
}

/// Evaluates until the evaluations have taken `time` together, and at least once, after a tenth of it to warm up. Only
/// evaluating is measured; `judge` gets what came of it, and how long it took unless it was to warm up.
///
/// # Errors
/// What `judge` objects to, which ends it.
pub fn measure<T, E>(
    clock: &dyn Clock,
    time: Duration,
    mut evaluate: impl FnMut() -> T,
    mut judge: impl FnMut(T, Option<Duration>) -> Result<(), E>,
) -> Result<Measured, E> {
    let start = clock.now();
    while clock.now().saturating_sub(start) < time / 10 {
        judge(evaluate(), None)?;
    }
    let mut measured = Measured { runs: 0, total: Duration::ZERO };
    while measured.runs == 0 || (measured.total < time && measured.runs < MOST_RUNS) {
        let start = clock.now();
        let came_to = evaluate();
        let took = clock.now().saturating_sub(start);
        judge(came_to, Some(took))?;
        measured.runs += 1;
        measured.total = measured.total.saturating_add(took);
    }
    Ok(measured)
}

/// More would say nothing new; where somebody keeps each time, they would fill the memory.
const MOST_RUNS: u64 = 20_000_000;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Goes on by a millisecond each time that somebody looks.
    #[derive(Default)]
    struct Ticks(AtomicU64);

    impl Clock for Ticks {
        fn now(&self) -> Duration {
            Duration::from_millis(self.0.fetch_add(1, Ordering::Relaxed))
        }
    }

    #[test]
    fn what_warms_up_is_judged_and_not_measured() {
        let (mut cold, mut times) = (0, Vec::new());
        let judge = |(), took: Option<Duration>| {
            match took {
                None => cold += 1,
                Some(took) => times.push(took),
            }
            Ok::<(), ()>(())
        };
        let measured = measure(&Ticks::default(), Duration::from_millis(50), || (), judge);
        assert_eq!(measured, Ok(Measured { runs: 50, total: Duration::from_millis(50) }));
        assert_eq!(times, [Duration::from_millis(1); 50]);
        assert!((1..=5).contains(&cold), "{cold}");
        assert!((measured.expect("no objection").nanoseconds() - 1e6).abs() < 1e-3);
    }

    #[test]
    fn something_is_measured_however_short_the_time_and_an_objection_ends_it() {
        let judge = |(), _: Option<Duration>| Ok::<(), ()>(());
        let measured = measure(&Ticks::default(), Duration::ZERO, || (), judge);
        assert_eq!(measured.map(|measured| measured.runs), Ok(1));
        let mut left = 3;
        let judge = |(), _: Option<Duration>| {
            left -= 1;
            if left == 0 { Err("enough") } else { Ok(()) }
        };
        assert_eq!(measure(&Ticks::default(), Duration::from_mins(1), || (), judge), Err("enough"));
    }
}
