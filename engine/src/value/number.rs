//! Numbers: exact decimals that keep the text they were written with.

mod arithmetic;
mod float;
mod integer;
mod literal;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

pub use self::arithmetic::ArithmeticError;
pub use self::integer::Integer;

/// A number as JSON writes numbers: an exact decimal of any precision.
///
/// The text is kept as written (`1.50`, `1E2`, `-0`), since OPA prints numbers that were not computed that way. Equality,
/// order and hash go by numeric value: `1 == 1.0 == 10e-1`.
///
/// One thing differs from OPA on purpose: OPA takes two numbers of more than 15 digits for equal when both are written
/// with a decimal point and a trailing zero and round to the same double, which is no equivalence relation. Here the
/// exact values count.
#[derive(Clone)]
pub struct Number(Repr);

#[derive(Clone)]
enum Repr {
    /// An integer whose text is its canonical decimal form.
    Int(i64),
    /// Any other number, as written.
    Text(Arc<str>),
}

/// Why a text is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// The text does not follow JSON's grammar for numbers.
    #[error("invalid number")]
    Syntax,
    /// Written with an exponent, and its absolute value is not below 2^100000 or, being no zero, below 2^-100001: OPA's limits.
    #[error("number too big")]
    TooBig,
}

impl Number {
    /// The number that `text` writes in JSON's syntax, or `None` when it writes none or one [too big](NumberError::TooBig).
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    /// The integer, if the number is written as one that fits: no fraction, no exponent.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Int(value) => Some(*value),
            Repr::Text(text) => text.parse().ok(),
        }
    }

    /// The integer, if the number is written as one that fits, with nothing that could be left out.
    #[inline]
    pub(crate) fn as_word(&self) -> Option<i64> {
        match &self.0 {
            Repr::Int(value) => Some(*value),
            Repr::Text(_) => None,
        }
    }

    /// The position in a list, if the number is written as one: digits only, without zeros before them.
    #[inline]
    pub(crate) fn as_index(&self) -> Option<usize> {
        match &self.0 {
            Repr::Int(value) => usize::try_from(*value).ok(),
            Repr::Text(_) => None,
        }
    }

    /// The nearest double; infinite when the number is out of the range of doubles.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            #[expect(clippy::cast_precision_loss, reason = "the nearest double is what is asked for")]
            Repr::Int(value) => *value as f64,
            Repr::Text(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// Whether the numeric value is an integer, however it is written (`1.0`, `1e2`).
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Int(_) => true,
            Repr::Text(text) => Decimal::new(text).is_integer(),
        }
    }

    /// The text: as written for parsed numbers, decimal digits for others.
    pub fn text(&self) -> Cow<'_, str> {
        match &self.0 {
            Repr::Int(value) => Cow::Owned(value.to_string()),
            Repr::Text(text) => Cow::Borrowed(text),
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Repr::Int(value))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self(i64::try_from(value).map_or_else(|_| Repr::Text(value.to_string().into()), Repr::Int))
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        if let Some(value) = canonical_integer(text) {
            return Ok(Self(Repr::Int(value)));
        }
        let mantissa_end = mantissa_end(text).ok_or(NumberError::Syntax)?;
        if let Some(exponent) = text.get(mantissa_end + 1..) {
            check_magnitude(text, mantissa_end, exponent)?;
        }
        Ok(Self(Repr::Text(text.into())))
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// As [`Number::text`].
impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Int(value) => fmt::Display::fmt(value, formatter),
            Repr::Text(text) => formatter.write_str(text),
        }
    }
}

impl PartialEq for Number {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Int(left), Repr::Int(right)) => left == right,
            _ => self.cmp(other).is_eq(),
        }
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Int(left), Repr::Int(right)) => left.cmp(right),
            (Repr::Text(left), Repr::Text(right)) if left == right => Ordering::Equal,
            (Repr::Text(left), Repr::Text(right)) => Decimal::new(left).compare(&Decimal::new(right)),
            (Repr::Int(left), Repr::Text(right)) => {
                Decimal::new(&left.to_string()).compare(&Decimal::new(right))
            }
            (Repr::Text(left), Repr::Int(right)) => {
                Decimal::new(left).compare(&Decimal::new(&right.to_string()))
            }
        }
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Equal numbers may be written in many ways; those that are small integers are all hashed as such.
        match &self.0 {
            Repr::Int(value) => value.hash(state),
            Repr::Text(text) => {
                let decimal = Decimal::new(text);
                match decimal.as_i64() {
                    Some(value) => value.hash(state),
                    None => decimal.hash(state),
                }
            }
        }
    }
}

/// The value of a number's text: `0.d1 d2 d3... * 10^point`, where `d1` and the last digit are not zero.
struct Decimal<'a> {
    negative: bool,
    /// The text from its first significant digit up to its last one; a dot may lie between. Empty for zero.
    digits: &'a str,
    point: i64,
}

impl<'a> Decimal<'a> {
    /// Reads `text`, which follows JSON's grammar. The exponent saturates; [`check_magnitude`] keeps it small in numbers.
    fn new(text: &'a str) -> Self {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |unsigned| (true, unsigned));
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let digits = mantissa.trim_start_matches(['0', '.']).trim_end_matches(['0', '.']);
        if digits.is_empty() {
            return Self { negative: false, digits, point: 0 };
        }
        let leading = mantissa.len() - mantissa.trim_start_matches(['0', '.']).len();
        let dot = mantissa.find('.').unwrap_or(mantissa.len());
        // With the dot inside the leading part ("0.00" of "0.0012") the point lies before the first significant digit.
        let point =
            if dot < leading { signed(dot + 1) - signed(leading) } else { signed(dot) - signed(leading) };
        Self { negative, digits, point: point.saturating_add(exponent_value(exponent)) }
    }

    fn significant(&self) -> impl Iterator<Item = u8> {
        self.digits.bytes().filter(u8::is_ascii_digit)
    }

    /// The value, if it is an integer that fits.
    fn as_i64(&self) -> Option<i64> {
        if self.digits.is_empty() {
            return Some(0);
        }
        if !self.is_integer() || self.point > MAX_I64_DIGITS {
            return None;
        }
        let digit = |value: i64, digit: i64| value.checked_mul(10)?.checked_add(digit);
        let zeros = self.point - signed(self.significant().count());
        // Of the lowest value only its negative fits: the sign goes first.
        let sign = if self.negative { -1 } else { 1 };
        let mut digits = self.significant().map(|byte| i64::from(byte - b'0') * sign);
        let digits = digits.try_fold(0, digit)?;
        (0..zeros).try_fold(digits, |value, _| digit(value, 0))
    }

    fn is_integer(&self) -> bool {
        signed(self.significant().count()) <= self.point || self.digits.is_empty()
    }

    fn compare(&self, other: &Decimal<'_>) -> Ordering {
        let by_sign = self.sign().cmp(&other.sign());
        if by_sign.is_ne() || self.digits.is_empty() {
            return by_sign;
        }
        let by_size = self.point.cmp(&other.point).then_with(|| self.significant().cmp(other.significant()));
        if self.negative { by_size.reverse() } else { by_size }
    }

    fn sign(&self) -> i8 {
        match (self.digits.is_empty(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }
}

impl Hash for Decimal<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.negative, self.point).hash(state);
        for digit in self.significant() {
            state.write_u8(digit);
        }
        state.write_u8(0xff);
    }
}

/// The value of a text that is just what printing the integer would give.
fn canonical_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.starts_with('0') && text != "0";
    if leading_zero || !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Checks JSON's grammar for numbers and finds where the exponent's mark stands: at the end, if there is none.
fn mantissa_end(text: &str) -> Option<usize> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let valid = all_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(all_digits)
        && exponent.is_none_or(|exponent| all_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    valid.then_some(text.len() - unsigned.len() + mantissa.len())
}

/// Holds a number with an exponent to OPA's limits, which it checks only when mantissa or exponent are long.
fn check_magnitude(text: &str, mantissa_end: usize, exponent: &str) -> Result<(), NumberError> {
    let size = exponent_value(exponent).unsigned_abs().saturating_add(mantissa_end as u64);
    if size <= UNCHECKED_EXPONENT {
        return Ok(());
    }
    let number = Decimal { negative: false, ..Decimal::new(text) };
    let in_range =
        number.compare(&Decimal::new(LIMIT)).is_lt() && number.compare(&Decimal::new(SMALLEST)).is_ge();
    if number.digits.is_empty() || in_range { Ok(()) } else { Err(NumberError::TooBig) }
}

/// The value of `[+-]?[0-9]+`, or the nearest one that fits.
fn exponent_value(text: &str) -> i64 {
    text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })
}

/// A length or an index as a signed number; texts are far shorter than 2^63 bytes.
fn signed(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// How many digits an `i64` has at most.
const MAX_I64_DIGITS: i64 = 19;

/// Sum of the mantissa's length and the exponent up to which OPA takes a number without looking.
const UNCHECKED_EXPONENT: u64 = 25_000;

/// 2^100000, to more digits than OPA's 64 bits of precision tell apart.
const LIMIT: &str = "9.99002093014384507944032764330033590980429139e30102";

/// 2^-100001, likewise.
const SMALLEST: &str = "5.00499451899347083408132356596653124249673754e-30104";

#[cfg(test)]
mod tests;
