//! Durations in the text form of Go's `time.Duration`, which OPA's flags take and its reports show.

use std::time::Duration;

/// Reads `5s`, `100ms`, `1h2m3.5s` and the like; `0` needs no unit.
///
/// # Errors
/// What is wrong with the text, for the argument parser to show.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let complaint =
        || format!("`{text}` is no duration; write a number with a unit, as in 500ms, 5s or 1m30s");
    let mut nanos: f64 = 0.0;
    let mut rest = text;
    if rest.is_empty() {
        return Err(complaint());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(complaint)?;
        let (number, unit_and_rest) = rest.split_at_checked(digits).ok_or_else(complaint)?;
        let (unit, nanos_per_unit) =
            UNITS.iter().find(|(unit, _)| unit_and_rest.starts_with(unit)).ok_or_else(complaint)?;
        nanos += number.parse::<f64>().map_err(|_| complaint())? * nanos_per_unit;
        rest = unit_and_rest.strip_prefix(unit).unwrap_or_default();
    }
    Duration::try_from_secs_f64(nanos / 1e9).map_err(|_| format!("`{text}` is too long a duration"))
}

/// Writes a duration as Go does: `0s`, `346.937µs`, `1.5ms`, `2m3s`.
pub(crate) fn format(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    if nanos < 1_000 {
        return format!("{nanos}ns");
    }
    if nanos < 1_000_000 {
        return format!("{}µs", decimal(nanos, 1_000));
    }
    if nanos < 1_000_000_000 {
        return format!("{}ms", decimal(nanos, 1_000_000));
    }
    let (minutes, nanos) = (nanos / 60_000_000_000, nanos % 60_000_000_000);
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let seconds = decimal(nanos, 1_000_000_000);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// `nanos / unit` with all its digits and no trailing zero.
fn decimal(nanos: u128, unit: u128) -> String {
    let width = unit.ilog10() as usize;
    let text = format!("{}.{:0width$}", nanos / unit, nanos % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Longer names stand before the shorter ones that they start with.
const UNITS: [(&str, f64); 8] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3_600e9),
];

#[cfg(test)]
mod tests {
    use super::{format, parse};
    use std::time::Duration;

    #[test]
    fn durations_are_written_as_go_writes_them() {
        let text = |nanos| format(Duration::from_nanos(nanos));
        assert_eq!(text(0), "0s");
        assert_eq!(text(999), "999ns");
        assert_eq!(text(346_937), "346.937µs");
        assert_eq!(text(1_500_000), "1.5ms");
        assert_eq!(text(5_000_000_000), "5s");
        assert_eq!(text(61_000_000_001), "1m1.000000001s");
        assert_eq!(text(3_600_000_000_000), "1h0m0s");
    }

    #[test]
    fn durations_are_read_as_go_reads_them() {
        assert_eq!(parse("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(parse("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("1.5ms"), Ok(Duration::from_micros(1_500)));
        assert_eq!(parse("0"), Ok(Duration::ZERO));
        for bad in ["", "5", "s", "5x", "-1s", "1..2s", "1e3s"] {
            assert!(parse(bad).is_err(), "`{bad}` was read");
        }
        assert!(parse("99999999999999999999999h").is_err());
    }
}
