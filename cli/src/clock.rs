//! The machine's clock, for the engine that has none, and for what is dated.

use std::time::{Duration, Instant, SystemTime};

use jiff::{Timestamp, Unit};
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

/// Seconds since 1970, as far as the machine knows.
pub(crate) fn seconds_since_1970() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// The time of day in UTC, to the second: RFC 3339, as `2026-01-02T03:04:05Z`.
pub(crate) fn now() -> String {
    let now = Timestamp::now();
    // Rounding fails at the end of the year 9999 only.
    now.round(Unit::Second).unwrap_or(now).to_string()
}

/// The day in UTC, as `2026-01-02`.
pub(crate) fn today() -> String {
    now().split('T').next().unwrap_or_default().to_owned()
}

/// What [`now`] would say at a time that the user wrote.
///
/// # Errors
/// When it is none.
pub(crate) fn parse_time(text: &str) -> Result<String, String> {
    let time: Timestamp = text.parse().map_err(|_| "a time looks like 2026-01-02T03:04:05Z".to_owned())?;
    Ok(time.to_string())
}

/// Seconds since 1970 of a time in RFC 3339; none if it is none.
pub(crate) fn seconds_of(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_rfc_3339_in_utc() {
        assert_eq!(parse_time("2026-01-02T03:04:05+01:00"), Ok("2026-01-02T02:04:05Z".to_owned()));
        assert!(parse_time("yesterday").is_err());
        let now = now();
        assert_eq!(now.len(), "2026-01-02T03:04:05Z".len(), "{now}");
        assert_eq!(parse_time(&now), Ok(now.clone()));
        assert_eq!(today().len(), "2026-01-02".len(), "{}", today());
    }
}
