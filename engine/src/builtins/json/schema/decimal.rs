//! Numbers of schemas: multiples, and the forms in which they are shown and compared.

use std::borrow::Cow;

use crate::value::{Number, Value};

/// Whether `value` is an integer times `unit`, which is greater than zero.
pub(super) fn is_multiple(value: &Number, unit: &Number) -> bool {
    let (value, unit) = (Parts::new(&value.text()), Parts::new(&unit.text()));
    if value.digits.is_empty() {
        return true;
    }
    // Scaled by the same power of ten both are integers.
    let scale = value.exponent.min(unit.exponent);
    let zeros = |exponent: i64| usize::try_from(exponent.saturating_sub(scale)).unwrap_or(usize::MAX);
    let (value_zeros, unit_zeros) = (zeros(value.exponent), zeros(unit.exponent));
    let length = unit.digits.len().saturating_add(unit_zeros);
    if length > value.digits.len().saturating_add(value_zeros) {
        return false;
    }
    // A power of ten in the unit has to be one in the value, whose last digit is not zero.
    if unit_zeros > 0 {
        return false;
    }
    let Ok(unit) = unit.digits.parse::<u128>() else { return false };
    if unit > u128::MAX / 16 {
        return false;
    }
    let digits = value.digits.bytes().map(|digit| u128::from(digit - b'0'));
    let zeros = std::iter::repeat_n(0, value_zeros);
    digits.chain(zeros).fold(0, |rest, digit| (rest * 10 + digit) % unit) == 0
}

/// The number as Go's `big.Float` shows it, with an exponent from six digits on.
pub(super) fn shown(number: &Number) -> String {
    let text = number.text();
    let parts = Parts::new(&text);
    if parts.digits.is_empty() {
        return "0".to_owned();
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let length = i64::try_from(parts.digits.len()).unwrap_or(i64::MAX);
    let exponent = parts.exponent.saturating_add(length - 1);
    let (first, rest) = parts.digits.split_at_checked(1).unwrap_or((&parts.digits, ""));
    if !(-4..EXPONENT_FROM.max(length.min(EXPONENT_FROM))).contains(&exponent) {
        let point = if rest.is_empty() { "" } else { "." };
        let direction = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{direction}{:02}", exponent.unsigned_abs());
    }
    let point = usize::try_from(exponent + 1).unwrap_or(0);
    if exponent < 0 {
        let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or(0));
        return format!("{sign}0.{zeros}{}", parts.digits);
    }
    match parts.digits.split_at_checked(point) {
        Some((whole, "")) => format!("{sign}{whole}"),
        Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{}{}", parts.digits, "0".repeat(point - parts.digits.len())),
    }
}

/// A value as JSON in which equal numbers are written alike: all are rounded to doubles.
pub(super) fn rounded(value: &Value) -> String {
    let text = value.to_json();
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find(|char: char| char == '"' || char == '-' || char.is_ascii_digit()) {
        let (before, from) = rest.split_at_checked(start).unwrap_or((rest, ""));
        out.push_str(before);
        let length = if from.starts_with('"') { string_length(from) } else { number_length(from) };
        let (token, after) = from.split_at_checked(length).unwrap_or((from, ""));
        let token = if token.starts_with('"') { Cow::Borrowed(token) } else { Cow::Owned(as_double(token)) };
        out.push_str(&token);
        rest = after;
    }
    out.push_str(rest);
    out
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().enumerate().skip(1).find(|(_, byte)| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

fn number_length(text: &str) -> usize {
    text.find(|char: char| !char.is_ascii_alphanumeric() && !matches!(char, '+' | '-' | '.'))
        .unwrap_or(text.len())
}

/// A number as Go's `encoding/json` writes the double that is nearest.
fn as_double(text: &str) -> String {
    let Ok(value) = text.parse::<f64>() else { return text.to_owned() };
    if !value.is_finite() {
        return text.to_owned();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        if size < 1.0 { text } else { text.replace('e', "e+") }
    } else {
        value.to_string()
    }
}

/// The significant digits of a number, and the power of ten that they are multiplied with.
struct Parts {
    digits: String,
    exponent: i64,
}

impl Parts {
    fn new(text: &str) -> Self {
        let unsigned = text.trim_start_matches('-');
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0').trim_end_matches('0');
        let cut = all.len() - all.trim_end_matches('0').len();
        let shift =
            i64::try_from(cut).unwrap_or(i64::MAX) - i64::try_from(fraction.len()).unwrap_or(i64::MAX);
        let exponent = exponent.trim_start_matches('+').parse::<i64>().unwrap_or(0).saturating_add(shift);
        Self { digits: digits.to_owned(), exponent }
    }
}

/// The exponent from which Go shows numbers with one.
const EXPONENT_FROM: i64 = 6;
