//! Whole numbers of any size.

use num_bigint::BigInt;

use super::{Decimal, Number, Repr};

/// A whole number of any size.
pub type Integer = BigInt;

impl Number {
    /// The integer, if OPA takes the number for a small one: at most 19 digits, and only zeros after a decimal point.
    /// Positions, lengths and bases are read so.
    pub fn small_integer(&self) -> Option<i64> {
        match &self.0 {
            Repr::Int(value) => Some(*value),
            Repr::Text(text) => {
                let unsigned = text.strip_prefix('-').unwrap_or(text);
                let whole = text.split_once('.').map_or(&**text, |(whole, zeros)| {
                    if zeros.bytes().all(|digit| digit == b'0') { whole } else { "" }
                });
                if unsigned.len() <= SMALL_LENGTH { whole.parse().ok() } else { None }
            }
        }
    }

    /// The whole number, exactly, if the number is one, however it is written. Not for more than 400,000 characters.
    pub fn integer(&self) -> Option<BigInt> {
        match &self.0 {
            Repr::Int(value) => Some(BigInt::from(*value)),
            Repr::Text(text) => {
                if let Some(value) = plain_integer(text) {
                    return Some(value);
                }
                let decimal = Decimal::new(text);
                if !decimal.is_integer() || text.len() > MAX_LENGTH {
                    return None;
                }
                let digits: Vec<u8> = decimal.significant().collect();
                let zeros = decimal.point - i64::try_from(digits.len()).ok()?;
                let value = BigInt::parse_bytes(&digits, 10).unwrap_or_default()
                    * BigInt::from(10_u8).pow(u32::try_from(zeros.max(0)).ok()?);
                Some(if decimal.negative { -value } else { value })
            }
        }
    }

    /// Numerator and denominator of the exact value, not always in lowest terms.
    pub fn fraction(&self) -> (BigInt, BigInt) {
        if let Some(value) = self.integer() {
            return (value, BigInt::from(1));
        }
        let text = self.text();
        let decimal = Decimal::new(&text);
        let digits: Vec<u8> = decimal.significant().collect();
        let places = i64::try_from(digits.len()).unwrap_or(i64::MAX).saturating_sub(decimal.point);
        let value = BigInt::parse_bytes(&digits, 10).unwrap_or_default();
        let value = if decimal.negative { -value } else { value };
        (value, BigInt::from(10_u8).pow(u32::try_from(places).unwrap_or(0)))
    }

    /// The whole number, if the number is written as one: digits only.
    pub fn written_integer(&self) -> Option<BigInt> {
        match &self.0 {
            Repr::Int(value) => Some(BigInt::from(*value)),
            Repr::Text(text) => plain_integer(text),
        }
    }
}

impl From<BigInt> for Number {
    fn from(value: BigInt) -> Self {
        match i64::try_from(&value) {
            Ok(small) => Self(Repr::Int(small)),
            Err(_) => Self(Repr::Text(value.to_string().into())),
        }
    }
}

fn plain_integer(text: &str) -> Option<BigInt> {
    let plain = text.len() <= MAX_LENGTH && !text.contains(['.', 'e', 'E']);
    plain.then(|| text.parse().ok()).flatten()
}

/// Reading a longer text takes too long; such a number is calculated with in floating point.
pub(super) const MAX_LENGTH: usize = 400_000;

/// With more characters, sign left out, OPA doesn't try.
const SMALL_LENGTH: usize = 19;
