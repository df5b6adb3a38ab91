//! Binary floating point of any precision: what OPA computes with when a result is no whole number.
//!
//! OPA calculates with Go's `big.Float` at 64 bits, rounded to the nearest and ties to even, and writes the fewest
//! digits that tell the result from its neighbours. The same digits come out here.

use num_bigint::{BigInt, BigUint, Sign};

use super::integer::MAX_LENGTH;

/// `±mantissa * 2^exponent`, where the mantissa has at most `precision` bits. There are two zeros.
#[derive(Debug, Clone)]
pub(super) struct Float {
    negative: bool,
    mantissa: BigUint,
    exponent: i64,
    precision: u64,
}

/// The bits that OPA calculates with.
pub(super) const PRECISION: u64 = 64;

impl Float {
    /// A number's text, which follows JSON's grammar, rounded to [`PRECISION`].
    pub(super) fn parse(text: &str) -> Self {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |unsigned| (true, unsigned));
        let (mantissa, power) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = format!("{whole}{fraction}");
        let all = digits.len();
        digits.truncate(MAX_LENGTH);
        let cut = signed((all - digits.len()) as u64);
        let digits = digits.parse().unwrap_or_default();
        if digits == BigUint::ZERO {
            return Self { negative, mantissa: digits, exponent: 0, precision: PRECISION };
        }
        let fraction = signed(fraction.len() as u64);
        let power = super::exponent_value(power).saturating_sub(fraction).saturating_add(cut);
        // Go takes 64 bits more for the power of five than for the result, and so do we, to round as it does.
        let five = pow5(power.unsigned_abs(), PRECISION + 64);
        let exact = Self { negative, mantissa: digits, exponent: power, precision: PRECISION };
        match power {
            0 => Self::rounded(negative, exact.mantissa, 0, Rest::None, PRECISION),
            1.. => exact.times(&five, PRECISION),
            _ => exact.divided_by(&five, PRECISION),
        }
    }

    /// A whole number without any rounding.
    pub(super) fn exact(value: BigInt) -> Self {
        let negative = value.sign() == Sign::Minus;
        let mantissa = value.into_parts().1;
        let precision = mantissa.bits().max(PRECISION);
        Self { negative, mantissa, exponent: 0, precision }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.mantissa == BigUint::ZERO
    }

    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    pub(super) fn absolute(self) -> Self {
        Self { negative: false, ..self }
    }

    pub(super) fn negated(self) -> Self {
        Self { negative: !self.negative, ..self }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.is_zero() || self.mantissa.trailing_zeros().unwrap_or(0) >= negative_part(self.exponent)
    }

    /// Between which powers of two the absolute value lies: 0 for one half up to one.
    pub(super) fn magnitude(&self) -> i64 {
        if self.is_zero() { 0 } else { self.exponent.saturating_add(signed(self.mantissa.bits())) }
    }

    /// The whole number next to this one in the direction of zero.
    pub(super) fn truncated(&self) -> BigInt {
        let sign = if self.negative { Sign::Minus } else { Sign::Plus };
        let whole = if self.exponent >= 0 {
            &self.mantissa << self.exponent.unsigned_abs()
        } else {
            &self.mantissa >> negative_part(self.exponent)
        };
        BigInt::from_biguint(sign, whole)
    }

    pub(super) fn plus(&self, other: &Self, precision: u64) -> Self {
        if self.is_zero() && other.is_zero() {
            let negative = self.negative && other.negative;
            return Self { negative, mantissa: BigUint::ZERO, exponent: 0, precision };
        }
        let (big, small) = if self.is_zero() || (!other.is_zero() && other.magnitude() > self.magnitude()) {
            (other, self)
        } else {
            (self, other)
        };
        let mut small = small.clone();
        // Far below the last bit that counts it doesn't matter how small a number is, only that it isn't zero.
        let below = big.exponent.min(big.magnitude() - signed(precision) - 2) - 2;
        if !small.is_zero() && small.magnitude() < below {
            small = Self { mantissa: BigUint::from(1_u8), exponent: below, ..small };
        }
        let exponent = if small.is_zero() { big.exponent } else { big.exponent.min(small.exponent) };
        let sum = big.scaled(exponent) + small.scaled(exponent);
        let negative = sum.sign() == Sign::Minus;
        Self::rounded(negative, sum.into_parts().1, exponent, Rest::None, precision)
    }

    pub(super) fn times(&self, other: &Self, precision: u64) -> Self {
        let product = &self.mantissa * &other.mantissa;
        let exponent = self.exponent.saturating_add(other.exponent);
        Self::rounded(self.negative != other.negative, product, exponent, Rest::None, precision)
    }

    /// The quotient; the divisor must not be zero.
    pub(super) fn divided_by(&self, other: &Self, precision: u64) -> Self {
        let negative = self.negative != other.negative;
        if self.is_zero() || other.is_zero() {
            return Self { negative, mantissa: BigUint::ZERO, exponent: 0, precision };
        }
        // Two bits more than needed, so that what is left over can't decide a tie.
        let shift = (precision + 2 + other.mantissa.bits()).saturating_sub(self.mantissa.bits());
        let dividend = &self.mantissa << shift;
        let quotient = &dividend / &other.mantissa;
        let rest = if &quotient * &other.mantissa == dividend { Rest::None } else { Rest::Some };
        let exponent = self.exponent.saturating_sub(other.exponent).saturating_sub(signed(shift));
        Self::rounded(negative, quotient, exponent, rest, precision)
    }

    /// As OPA writes it: plain digits for whole numbers, Go's `%g` for others.
    pub(super) fn text(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        if self.is_zero() {
            return format!("{sign}0");
        }
        let Digits { digits, point } = self.shortest();
        let count = signed(digits.len() as u64);
        if self.is_whole() {
            let zeros = usize::try_from(point - count).unwrap_or(0);
            return format!("{sign}{digits}{}", "0".repeat(zeros));
        }
        let power = point - 1;
        if !(-4..6).contains(&power) {
            let (first, others) = digits.split_at_checked(1).unwrap_or((&digits, ""));
            let dot = if others.is_empty() { "" } else { "." };
            let direction = if power < 0 { '-' } else { '+' };
            return format!("{sign}{first}{dot}{others}e{direction}{:02}", power.unsigned_abs());
        }
        if point <= 0 {
            let zeros = usize::try_from(-point).unwrap_or(0);
            return format!("{sign}0.{}{digits}", "0".repeat(zeros));
        }
        let at = usize::try_from(point).unwrap_or(usize::MAX);
        let (whole, fraction) = digits.split_at_checked(at).unwrap_or((&digits, ""));
        format!("{sign}{whole}.{fraction}")
    }

    /// The fewest decimal digits that round to this number and no other of its precision.
    fn shortest(&self) -> Digits {
        // Half of the distance to the next number becomes 1.
        let shift = signed(self.precision + 1) - signed(self.mantissa.bits());
        let exponent = self.exponent - shift;
        let mantissa = if shift >= 0 {
            &self.mantissa << shift.unsigned_abs()
        } else {
            &self.mantissa >> shift.unsigned_abs()
        };
        let one = BigUint::from(1_u8);
        // Both ends round to this number if its last bit is zero, which is the second one here.
        let ends_count = !mantissa.bit(1);
        let exact = Digits::new(&mantissa, exponent);
        let lower = Digits::new(&(&mantissa - &one), exponent);
        let upper = Digits::new(&(&mantissa + &one), exponent);
        for (at, digit) in exact.digits.bytes().enumerate() {
            let (low, high) = (lower.at(at), upper.at(at));
            let down = low != digit || (ends_count && at + 1 == lower.digits.len());
            let up = digit != high && (ends_count || digit + 1 < high || at + 1 < upper.digits.len());
            match (down, up) {
                (true, true) => return exact.to_nearest(at + 1),
                (true, false) => return exact.truncated(at + 1),
                (false, true) => return exact.raised(at + 1),
                (false, false) => {}
            }
        }
        exact
    }

    /// The value divided by `2^exponent`, which is not greater than its own exponent.
    fn scaled(&self, exponent: i64) -> BigInt {
        let sign = if self.negative { Sign::Minus } else { Sign::Plus };
        let shift = u64::try_from(self.exponent.saturating_sub(exponent)).unwrap_or(0);
        BigInt::from_biguint(sign, if self.is_zero() { BigUint::ZERO } else { &self.mantissa << shift })
    }

    /// Rounds to the nearest, ties to even. With a rest, the mantissa has at least two bits more than the precision.
    fn rounded(negative: bool, mantissa: BigUint, exponent: i64, rest: Rest, precision: u64) -> Self {
        let drop = mantissa.bits().saturating_sub(precision);
        let Some(last) = drop.checked_sub(1) else {
            return Self { negative, mantissa, exponent, precision };
        };
        let half = mantissa.bit(last);
        let more = rest == Rest::Some || mantissa.trailing_zeros().is_some_and(|zeros| zeros < last);
        let mut kept = mantissa >> drop;
        if half && (more || kept.bit(0)) {
            kept += 1_u8;
        }
        Self { negative, mantissa: kept, exponent: exponent.saturating_add(signed(drop)), precision }
    }
}

/// Whether something nonzero is left of a division.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    None,
    Some,
}

/// The number `0.digits * 10^point`, where the last digit is not zero.
#[derive(Debug)]
struct Digits {
    digits: String,
    point: i64,
}

impl Digits {
    /// The digits of `mantissa * 2^exponent`.
    fn new(mantissa: &BigUint, exponent: i64) -> Self {
        let zeros = mantissa.trailing_zeros().unwrap_or(0).min(negative_part(exponent));
        let (mantissa, exponent) = (mantissa >> zeros, exponent + signed(zeros));
        let (scaled, fraction) = if exponent >= 0 {
            (mantissa << exponent.unsigned_abs(), 0)
        } else {
            // m / 2^n is m * 5^n / 10^n.
            let five = BigUint::from(5_u8).pow(u32::try_from(-exponent).unwrap_or(u32::MAX));
            (mantissa * five, -exponent)
        };
        let digits = scaled.to_string();
        let point = signed(digits.len() as u64) - fraction;
        Self { digits: digits.trim_end_matches('0').to_owned(), point }
    }

    fn at(&self, index: usize) -> u8 {
        self.digits.as_bytes().get(index).copied().unwrap_or(b'0')
    }

    /// The first `count` digits, the last one rounded.
    fn to_nearest(&self, count: usize) -> Self {
        let next = self.at(count);
        let tie = next == b'5' && count + 1 == self.digits.len();
        let odd = count.checked_sub(1).is_some_and(|last| self.at(last) % 2 == 1);
        let up = if tie { odd } else { next >= b'5' };
        if up { self.raised(count) } else { self.truncated(count) }
    }

    fn truncated(&self, count: usize) -> Self {
        let digits = self.digits.get(..count).unwrap_or(&self.digits);
        Self { digits: digits.trim_end_matches('0').to_owned(), point: self.point }
    }

    /// The first `count` digits with one more in the last place.
    fn raised(&self, count: usize) -> Self {
        let Some(digits) = self.digits.get(..count) else { return self.truncated(count) };
        let kept = digits.trim_end_matches('9');
        let Some(last) = kept.bytes().last() else {
            return Self { digits: "1".to_owned(), point: self.point + 1 };
        };
        let mut digits = kept.to_owned();
        digits.pop();
        digits.push(char::from(last + 1));
        Self { digits, point: self.point }
    }
}

/// `5^power`, with a precision of `precision` bits, by the steps that Go takes.
fn pow5(power: u64, precision: u64) -> Float {
    let five = |power: u64| {
        let mantissa = BigUint::from(5_u64.saturating_pow(u32::try_from(power).unwrap_or(u32::MAX)));
        Float { negative: false, mantissa, exponent: 0, precision: precision + 64 }
    };
    let Some(mut left) = power.checked_sub(LARGEST_POWER).filter(|left| *left > 0) else {
        return five(power);
    };
    let (mut result, mut factor) = (five(LARGEST_POWER), five(1));
    while left > 0 {
        if left % 2 == 1 {
            result = result.times(&factor, precision);
        }
        factor = factor.times(&factor, precision + 64);
        left /= 2;
    }
    result
}

fn negative_part(exponent: i64) -> u64 {
    if exponent < 0 { exponent.unsigned_abs() } else { 0 }
}

fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// `5^27` is the largest power that fits 64 bits.
const LARGEST_POWER: u64 = 27;
