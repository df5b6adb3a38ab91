//! Durations such as `1h30m`, in Go's syntax with days, weeks and years besides.

use std::fmt::Write as _;

use super::super::{Answer, BuiltinError, Context, Operands};
use crate::value::rego_string;

pub(super) fn parse_duration(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.string(0)?;
    let nanoseconds = if text.contains(['d', 'w', 'y']) {
        // Such a text is quoted in another way.
        let message = |problem| BuiltinError::failed(format!("time: {problem} {}", rego_string(text)));
        let in_hours = long_units_in_hours(text).ok_or_else(|| message(INVALID.to_owned()))?;
        parse(&in_hours).map_err(message)?
    } else {
        let quoted = quoted(text.as_bytes());
        parse(text).map_err(|problem| BuiltinError::failed(format!("time: {problem} {quoted}")))?
    };
    Ok(Some(nanoseconds.into()))
}

/// The text with days, weeks and years as hours, or none if it is no duration at all.
fn long_units_in_hours(text: &str) -> Option<String> {
    let (sign, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => text.split_at(text.len() - rest.len()),
        None => ("", text),
    };
    let mut written = sign.to_owned();
    while !rest.is_empty() || written.len() == sign.len() {
        let (digits, after) = split_while(rest, |c| c.is_ascii_digit() || c == '.');
        let long = ["ms", "us", "µs", "ns"].into_iter().find(|unit| after.starts_with(unit));
        let length = match long {
            Some(unit) => unit.len(),
            None if after.starts_with(|c: char| c.is_ascii_lowercase()) => 1,
            None => return None,
        };
        let (unit, after) = after.split_at_checked(length).filter(|_| !digits.is_empty())?;
        let hours = match unit {
            "d" => 24.0,
            "w" => 7.0 * 24.0,
            "y" => 365.0 * 24.0,
            _ => 0.0,
        };
        if hours > 0.0 {
            let hours = digits.parse::<f64>().ok()? * hours;
            written.push_str(&hours.to_string());
            written.push('h');
        } else {
            written.push_str(digits);
            written.push_str(unit);
        }
        rest = after;
    }
    Some(written)
}

/// The nanoseconds of a duration in Go's syntax, or what is wrong with it.
fn parse(text: &str) -> Result<i64, String> {
    let invalid = || INVALID.to_owned();
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (whole, after) = split_while(rest, |c| c.is_ascii_digit());
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => split_while(after, |c| c.is_ascii_digit()),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let whole = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        let (name, after) = split_while(after, |c| c != '.' && !c.is_ascii_digit());
        let unit = match name {
            "" => return Err("missing unit in duration".to_owned()),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(format!("unknown unit {} in duration", quoted(name.as_bytes()))),
        };
        let part = scaled(whole, fraction, unit).ok_or_else(invalid)?;
        total = total.checked_add(part).filter(|total| *total <= LIMIT).ok_or_else(invalid)?;
        rest = after;
    }
    let total = i128::from(total);
    i64::try_from(if negative { -total } else { total }).map_err(|_| invalid())
}

/// The number times the unit; the fraction with the precision of a double, as Go has it.
fn scaled(whole: u64, fraction: &str, unit: u64) -> Option<u64> {
    let whole = whole.checked_mul(unit).filter(|whole| *whole <= LIMIT)?;
    let (mut digits, mut scale) = (0_u64, 1.0_f64);
    for digit in fraction.bytes().map(|byte| u64::from(byte - b'0')) {
        let next = digits.checked_mul(10).and_then(|digits| digits.checked_add(digit));
        let Some(next) = next.filter(|next| *next <= LIMIT) else { break };
        digits = next;
        scale *= 10.0;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "Go computes fractions this way; the result is less than a unit"
    )]
    let part = (digits as f64 * (unit as f64 / scale)) as u64;
    whole.checked_add(part).filter(|whole| *whole <= LIMIT)
}

fn split_while(text: &str, fits: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !fits(c)).unwrap_or(text.len()))
}

/// Bytes quoted as Go's `time` does it: what is not ASCII byte by byte.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(*byte)]),
            b' '..0x80 => quoted.push(char::from(*byte)),
            byte => {
                // Writing to a string can't fail.
                let _ = write!(quoted, "\\x{byte:02x}");
            }
        }
    }
    quoted.push('"');
    quoted
}

const INVALID: &str = "invalid duration";

/// The magnitude of the most negative duration.
const LIMIT: u64 = 1 << 63;
