//! Numbers as Go's `strconv.ParseFloat` takes them: more than JSON allows.

use num_bigint::BigUint;

use super::{Number, NumberError};

impl Number {
    /// Reads a number that may have a plus sign, leading zeros, a dot without digits on one side, underscores between
    /// digits, or hexadecimal digits with an exponent to base 2.
    ///
    /// OPA keeps such texts, and then writes results that are no JSON; here the number gets a text that is.
    ///
    /// # Errors
    /// [`NumberError::Syntax`] for what Go doesn't take either, [`NumberError::TooBig`] past OPA's limits.
    pub fn parse_literal(text: &str) -> Result<Self, NumberError> {
        if let Ok(number) = text.parse() {
            return Ok(number);
        }
        let (sign, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => ("-", unsigned),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        if unsigned.starts_with(['+', '-']) {
            return Err(NumberError::Syntax);
        }
        let hexadecimal = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X"));
        let unsigned = match hexadecimal {
            Some(digits) => from_hexadecimal(digits)?,
            None => from_decimal(unsigned)?,
        };
        format!("{sign}{unsigned}").parse()
    }
}

fn from_decimal(text: &str) -> Result<String, NumberError> {
    if !underscores_separate(text, char::is_ascii_digit) {
        return Err(NumberError::Syntax);
    }
    let text = text.replace('_', "");
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, format!("e{exponent}")),
        None => (&*text, String::new()),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(NumberError::Syntax);
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let dot = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{whole}{dot}{fraction}{exponent}"))
}

fn from_hexadecimal(text: &str) -> Result<String, NumberError> {
    // An underscore may stand before the first digit here.
    let digits = text.strip_prefix('_').unwrap_or(text);
    if !underscores_separate(digits, char::is_ascii_hexdigit) {
        return Err(NumberError::Syntax);
    }
    let text = digits.replace('_', "");
    let (mantissa, exponent) = text.split_once(['p', 'P']).ok_or(NumberError::Syntax)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let all_digits =
        |part: &str, digit: fn(&u8) -> bool| !part.is_empty() && part.bytes().all(|byte| digit(&byte));
    if !all_digits(&digits, u8::is_ascii_hexdigit) || !all_digits(unsigned, u8::is_ascii_digit) {
        return Err(NumberError::Syntax);
    }
    let mantissa = BigUint::parse_bytes(digits.as_bytes(), 16).ok_or(NumberError::Syntax)?;
    let places = i64::try_from(fraction.len()).map_err(|_| NumberError::TooBig)?;
    let exponent = super::exponent_value(exponent).saturating_sub(places.saturating_mul(4));
    if exponent.unsigned_abs() > MAX_EXPONENT {
        return Err(NumberError::TooBig);
    }
    if exponent >= 0 {
        return Ok((mantissa << exponent.unsigned_abs()).to_string());
    }
    let places = exponent.unsigned_abs();
    let power = u32::try_from(places).map_err(|_| NumberError::TooBig)?;
    // m / 2^n is m * 5^n / 10^n.
    let digits =
        format!("{:0>width$}", mantissa * BigUint::from(5_u8).pow(power), width = power as usize + 1);
    let (whole, fraction) = digits.split_at_checked(digits.len() - power as usize).unwrap_or((&digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{whole}{dot}{fraction}"))
}

/// Whether each underscore stands between two digits.
fn underscores_separate(text: &str, digit: fn(&char) -> bool) -> bool {
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(character) = chars.next() {
        if character == '_'
            && !(before.is_some_and(|before| digit(&before)) && chars.peek().is_some_and(digit))
        {
            return false;
        }
        before = Some(character);
    }
    true
}

/// Of a power of two that is taken; doubles end far below.
const MAX_EXPONENT: u64 = 10_000;
