//! How long to wait: at random, so that many who started together don't all come at once.

use std::time::Duration;

/// A time between the two.
pub(crate) fn between(least: Duration, most: Duration) -> Duration {
    least + most.saturating_sub(least).mul_f64(random())
}

/// The pause after so many failures in a row before this one: from a tenth of a second on, each longer than the one before, as OPA's.
pub(crate) fn after(failures: u32, longest: Duration) -> Duration {
    let base = FIRST.mul_f64(GROWTH.powi(i32::try_from(failures.min(MOST_COUNTED)).unwrap_or(0)));
    // A fifth more or less.
    base.min(longest).mul_f64(random().mul_add(2.0 * JITTER, 1.0 - JITTER)).min(longest)
}

/// From 0 to 1.
fn random() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness everybody waits equally long, and comes at once.
    let _ = getrandom::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}

const FIRST: Duration = Duration::from_millis(100);
const GROWTH: f64 = 1.6;
const JITTER: f64 = 0.2;

/// After so many failures pauses would be longer than any limit.
const MOST_COUNTED: u32 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit_and_differ() {
        let longest = Duration::from_secs(5);
        for failures in [0, 1, 5, 30, u32::MAX] {
            let pauses: Vec<Duration> = (0..50).map(|_| after(failures, longest)).collect();
            assert!(pauses.iter().all(|pause| *pause <= longest), "{pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
        }
        assert!(after(0, longest) <= Duration::from_millis(120));
        assert!(after(20, longest) >= Duration::from_secs(4));
        assert_eq!(after(20, Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn a_time_between_two_is_between_them() {
        let (least, most) = (Duration::from_secs(1), Duration::from_secs(2));
        assert!((0..50).map(|_| between(least, most)).all(|time| least <= time && time <= most));
        assert_eq!(between(most, most), most);
    }
}
