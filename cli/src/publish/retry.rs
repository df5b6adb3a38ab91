//! Trying again what failed for a reason that may pass: later each time, and not for ever.

use std::thread;
use std::time::Duration;

use super::PublishError;
use crate::io::Io;

/// Why an attempt did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It would fail again.
    Lasting(PublishError),
    /// It may succeed later; not before a time if the server said so.
    Passing { error: PublishError, not_before: Option<Duration> },
    /// Somebody else published meanwhile. Nothing is wrong, but all has to be looked at again.
    Overtaken(PublishError),
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        Self::Lasting(error)
    }
}

/// How to wait between attempts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// How often to try again after a failure that may pass.
    retries: u32,
    /// The first wait; the next ones are each twice as long.
    first: Duration,
    /// The longest.
    longest: Duration,
    /// The first wait after somebody else came first.
    overtaken: Duration,
}

impl Patience {
    pub(super) fn new(retries: u32) -> Self {
        let overtaken = Duration::from_millis(20);
        Self { retries, first: Duration::from_millis(500), longest: Duration::from_secs(30), overtaken }
    }

    /// Makes attempts until one succeeds, fails for good, or there were enough.
    ///
    /// # Errors
    /// That of the last attempt.
    pub(super) fn run<T>(
        self,
        io: &mut Io,
        mut attempt: impl FnMut(&mut Io) -> Result<T, Failure>,
    ) -> Result<T, PublishError> {
        let (mut retries, mut overtaken) = (0_u32, 0_u32);
        loop {
            match attempt(io) {
                Ok(value) => return Ok(value),
                Err(Failure::Lasting(error)) => return Err(error),
                Err(Failure::Passing { error, .. }) if retries >= self.retries => return Err(error),
                Err(Failure::Passing { error, not_before }) => {
                    let wait = self.wait(retries).max(not_before.unwrap_or_default().min(MOST_OBEYED));
                    retries = retries.saturating_add(1);
                    let (seconds, of) = (wait.as_secs_f32(), self.retries);
                    io.warning(format_args!("{error}; trying again in {seconds:.1} s ({retries} of {of})"));
                    thread::sleep(wait);
                }
                Err(Failure::Overtaken(error)) if overtaken >= MOST_OVERTAKEN => return Err(error),
                Err(Failure::Overtaken(_)) => {
                    let longest = self.longest.min(MOST_OVERTAKEN_WAIT);
                    let patience = Self { first: self.overtaken, longest, ..self };
                    thread::sleep(patience.wait(overtaken));
                    overtaken = overtaken.saturating_add(1);
                }
            }
        }
    }

    /// The wait after so many others: between half of its length and all of it, so that two who failed together don't
    /// try again together.
    fn wait(self, before: u32) -> Duration {
        let whole =
            self.first.saturating_mul(1_u32.checked_shl(before).unwrap_or(u32::MAX)).min(self.longest);
        let mut random = [0];
        // Without randomness they wait equally long, and meet again.
        let _ = getrandom::fill(&mut random);
        let [random] = random;
        whole / 2 + (whole / 2).mul_f64(f64::from(random) / f64::from(u8::MAX))
    }
}

/// Whether a status of HTTP says that the same request may succeed later.
pub(super) fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// A server that wants more time than this is not waited for so long.
const MOST_OBEYED: Duration = Duration::from_mins(1);
/// How often somebody else may come first.
const MOST_OVERTAKEN: u32 = 30;
/// Publishers don't take long.
const MOST_OVERTAKEN_WAIT: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    fn patience(retries: u32) -> Patience {
        let wait = Duration::from_millis(1);
        Patience { retries, first: wait, longest: wait, overtaken: wait }
    }

    fn passing(text: &str) -> Failure {
        Failure::Passing { error: PublishError::new(text), not_before: None }
    }

    #[test]
    fn what_may_pass_is_tried_again_and_told() {
        let (mut io, err) = Io::to_memory();
        let mut left = 2;
        let answer = patience(2).run(&mut io, |_| {
            if left == 0 {
                return Ok("done");
            }
            left -= 1;
            Err(passing("away"))
        });
        assert_eq!(answer, Ok("done"));
        assert_eq!(err.text().matches("away; trying again in").count(), 2, "{}", err.text());
        assert!(err.text().ends_with("(2 of 2)\n"), "{}", err.text());
    }

    #[test]
    fn attempts_end() {
        let (mut io, _) = Io::to_memory();
        for (failure, most) in [
            (passing("away"), 4),
            (Failure::Lasting(PublishError::new("no")), 1),
            (Failure::Overtaken(PublishError::new("late")), MOST_OVERTAKEN + 1),
        ] {
            let mut attempts = 0;
            let answer = patience(3).run(&mut io, |_| {
                attempts += 1;
                Err::<(), _>(failure.clone())
            });
            assert!(answer.is_err());
            assert_eq!(attempts, most, "{failure:?}");
        }
    }

    #[test]
    fn waits_grow_up_to_a_limit_and_differ() {
        let patience = Patience::new(9);
        for (before, most) in [(0, 500), (1, 1000), (3, 4000), (6, 30_000), (40, 30_000)] {
            let most = Duration::from_millis(most);
            let waits: Vec<Duration> = (0..50).map(|_| patience.wait(before)).collect();
            assert!(waits.iter().all(|wait| *wait >= most / 2 && *wait <= most), "{before}: {waits:?}");
            assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
        }
    }
}
