//! The times of certificates.

use super::der::{Der, GENERALIZED_TIME, UTC_TIME};
use crate::builtins::calendar::Civil;

/// A second in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time {
    /// Seconds since 1970.
    pub(super) seconds: i64,
}

impl Time {
    /// `2026-11-26T08:43:31Z`.
    pub(super) fn text(self) -> String {
        Civil::from_seconds(self.seconds).rfc3339()
    }
}

/// Reads a time of either kind. Only those in UTC are taken, as RFC 5280 demands.
///
/// # Errors
/// Go's words.
pub(super) fn read(der: &mut Der<'_>) -> Result<Time, String> {
    let (content, kind, century) = match der.tag() {
        Some(UTC_TIME) => (der.bytes(UTC_TIME), "UTCTime", None),
        Some(GENERALIZED_TIME) => (der.bytes(GENERALIZED_TIME), "GeneralizedTime", Some(())),
        _ => return Err("x509: unsupported time format".to_owned()),
    };
    let parsed = content.and_then(|content| match century {
        Some(()) => generalized(content),
        None => utc(content),
    });
    parsed.ok_or_else(|| format!("x509: malformed {kind}"))
}

fn utc(content: &[u8]) -> Option<Time> {
    let digits = content.strip_suffix(b"Z")?;
    let with_seconds = match digits.len() {
        10 => [digits, b"00"].concat(),
        12 => digits.to_vec(),
        _ => return None,
    };
    let century: &[u8] = if with_seconds.as_slice() < b"5".as_slice() { b"20" } else { b"19" };
    seconds(&[century, &with_seconds].concat())
}

fn generalized(content: &[u8]) -> Option<Time> {
    seconds(content.strip_suffix(b"Z")?)
}

/// `20261126084331`.
fn seconds(digits: &[u8]) -> Option<Time> {
    if digits.len() != 14 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |from: usize, to: usize| {
        digits.get(from..to)?.iter().try_fold(0_i64, |sum, digit| Some(sum * 10 + i64::from(digit - b'0')))
    };
    let civil = Civil {
        year: number(0, 4)?,
        month: number(4, 6)?,
        day: number(6, 8)?,
        hour: number(8, 10)?,
        minute: number(10, 12)?,
        second: number(12, 14)?,
    };
    Some(Time { seconds: civil.to_seconds()? })
}
