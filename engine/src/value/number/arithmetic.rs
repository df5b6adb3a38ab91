//! Calculating with numbers, to the digits that OPA prints.
//!
//! Whole numbers are exact at any size, except in division and rounding. All else is calculated in binary floating
//! point with 64 bits, of which the shortest decimal is kept.

use num_bigint::{BigInt, Sign};

use super::float::{Float, PRECISION};
use super::{Number, Repr};

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArithmeticError {
    /// The divisor is zero.
    #[error("divide by zero")]
    DivideByZero,
    /// The divisor of a remainder is zero.
    #[error("modulo by zero")]
    ModuloByZero,
    /// One of the operands of a remainder is no whole number.
    #[error("modulo on floating-point number")]
    ModuloOnFloat,
    /// The absolute value is not below 2^1000000, or below 2^-1000000 without being zero. OPA would go on until its
    /// memory is used up.
    #[error("number too big")]
    TooBig,
}

impl Number {
    /// The sum.
    ///
    /// # Errors
    /// [`ArithmeticError::TooBig`].
    pub fn plus(&self, other: &Self) -> Result<Self, ArithmeticError> {
        if let (Repr::Int(left), Repr::Int(right)) = (&self.0, &other.0)
            && let Some(sum) = left.checked_add(*right)
        {
            return Ok(Self(Repr::Int(sum)));
        }
        match (self.integer(), other.integer()) {
            (Some(left), Some(right)) => from_integer(left + right),
            _ => from_float(&self.float().plus(&other.float(), PRECISION)),
        }
    }

    /// The difference.
    ///
    /// # Errors
    /// [`ArithmeticError::TooBig`].
    pub fn minus(&self, other: &Self) -> Result<Self, ArithmeticError> {
        if let (Repr::Int(left), Repr::Int(right)) = (&self.0, &other.0)
            && let Some(difference) = left.checked_sub(*right)
        {
            return Ok(Self(Repr::Int(difference)));
        }
        match (self.integer(), other.integer()) {
            (Some(left), Some(right)) => from_integer(left - right),
            _ => from_float(&self.float().plus(&other.float().negated(), PRECISION)),
        }
    }

    /// The product.
    ///
    /// # Errors
    /// [`ArithmeticError::TooBig`].
    pub fn times(&self, other: &Self) -> Result<Self, ArithmeticError> {
        if let (Repr::Int(left), Repr::Int(right)) = (&self.0, &other.0)
            && let Some(product) = left.checked_mul(*right)
        {
            return Ok(Self(Repr::Int(product)));
        }
        match (self.integer(), other.integer()) {
            (Some(left), Some(right)) => multiply(&left, &right).and_then(from_integer),
            _ => from_float(&self.float().times(&other.float(), PRECISION)),
        }
    }

    /// The quotient.
    ///
    /// # Errors
    /// [`ArithmeticError::DivideByZero`] and [`ArithmeticError::TooBig`].
    pub fn divided_by(&self, other: &Self) -> Result<Self, ArithmeticError> {
        if let (Some(left), Some(right)) = (self.small_integer(), other.small_integer()) {
            if right == 0 {
                return Err(ArithmeticError::DivideByZero);
            }
            // A zero that is divided may become -0, which only floats know.
            if left != 0 && left.checked_rem(right) == Some(0) {
                return Ok(Self(Repr::Int(left / right)));
            }
        }
        let divisor = other.float();
        if divisor.is_zero() {
            return Err(ArithmeticError::DivideByZero);
        }
        from_float(&self.float().divided_by(&divisor, PRECISION))
    }

    /// The remainder of a division of whole numbers; it has the sign of the dividend.
    ///
    /// # Errors
    /// [`ArithmeticError::ModuloByZero`] and [`ArithmeticError::ModuloOnFloat`].
    pub fn remainder(&self, other: &Self) -> Result<Self, ArithmeticError> {
        if let (Repr::Int(left), Repr::Int(right)) = (&self.0, &other.0)
            && let Some(remainder) = left.checked_rem(*right)
        {
            return Ok(Self(Repr::Int(remainder)));
        }
        match (self.integer(), other.integer()) {
            (Some(_), Some(right)) if right.sign() == Sign::NoSign => Err(ArithmeticError::ModuloByZero),
            (Some(left), Some(right)) => from_integer(left % right),
            _ => Err(ArithmeticError::ModuloOnFloat),
        }
    }

    /// The number without its sign; one of more than 64 bits is rounded.
    ///
    /// # Errors
    /// [`ArithmeticError::TooBig`].
    pub fn absolute(&self) -> Result<Self, ArithmeticError> {
        match self.small_integer().map(i64::checked_abs) {
            Some(Some(value)) => Ok(Self(Repr::Int(value))),
            _ => from_float(&self.float().absolute()),
        }
    }

    /// The closest whole number, halves away from zero.
    ///
    /// # Errors
    /// [`ArithmeticError::TooBig`].
    pub fn rounded(&self) -> Result<Self, ArithmeticError> {
        if let Some(value) = self.small_integer() {
            return Ok(Self(Repr::Int(value)));
        }
        let value = self.float();
        let half = Float::parse(if value.is_negative() { "-0.5" } else { "0.5" });
        bounded(&value)?;
        from_float(&Float::exact(value.plus(&half, PRECISION).truncated()))
    }

    /// The smallest whole number that is not less.
    ///
    /// # Errors
    /// [`ArithmeticError::TooBig`].
    pub fn ceiling(&self) -> Result<Self, ArithmeticError> {
        self.to_whole(Sign::Plus)
    }

    /// The largest whole number that is not greater; but 0 for those between -1 and 0, as in OPA.
    ///
    /// # Errors
    /// [`ArithmeticError::TooBig`].
    pub fn floored(&self) -> Result<Self, ArithmeticError> {
        self.to_whole(Sign::Minus)
    }

    /// The whole number next to this one in the direction of zero, after rounding it to 64 bits.
    ///
    /// # Errors
    /// [`ArithmeticError::TooBig`].
    pub fn truncated(&self) -> Result<BigInt, ArithmeticError> {
        let value = self.float();
        bounded(&value)?;
        Ok(value.truncated())
    }

    /// The product with a whole number, calculated with 64 bits and cut to the whole number next to zero.
    ///
    /// # Errors
    /// [`ArithmeticError::TooBig`].
    pub fn multiplied_and_cut(&self, factor: u64) -> Result<BigInt, ArithmeticError> {
        let product = self.float().times(&Float::exact(factor.into()), PRECISION);
        bounded(&product)?;
        Ok(product.truncated())
    }

    /// The sum of all.
    ///
    /// # Errors
    /// [`ArithmeticError::TooBig`].
    pub fn sum<'a, N>(numbers: N) -> Result<Self, ArithmeticError>
    where
        N: Iterator<Item = &'a Self> + Clone,
    {
        let small = |sum: i64, number: &Self| sum.checked_add(number.small_integer()?);
        if let Some(sum) = numbers.clone().try_fold(0, small) {
            return Ok(Self(Repr::Int(sum)));
        }
        let exact = |sum: BigInt, number: &Self| Some(sum + number.integer()?);
        if let Some(sum) = numbers.clone().try_fold(BigInt::ZERO, exact) {
            return from_integer(sum);
        }
        let zero = Float::parse("0");
        from_float(&numbers.fold(zero, |sum, number| sum.plus(&number.float(), PRECISION)))
    }

    /// The product of all.
    ///
    /// # Errors
    /// [`ArithmeticError::TooBig`].
    pub fn product<'a, N>(numbers: N) -> Result<Self, ArithmeticError>
    where
        N: Iterator<Item = &'a Self> + Clone,
    {
        let mut exact = Some(BigInt::from(1));
        for number in numbers.clone() {
            exact = match (exact, number.integer()) {
                (Some(product), Some(factor)) => Some(multiply(&product, &factor)?),
                _ => None,
            };
            if exact.is_none() {
                break;
            }
        }
        if let Some(product) = exact {
            return from_integer(product);
        }
        // OPA has the product start with a double, whose precision stays.
        let mut product = Float::parse("1");
        for number in numbers {
            product = product.times(&number.float(), DOUBLE_PRECISION);
            bounded(&product)?;
        }
        from_float(&product)
    }

    /// The bits moved up by `count`.
    ///
    /// # Errors
    /// [`ArithmeticError::TooBig`].
    pub fn shifted_left(value: &BigInt, count: u64) -> Result<Self, ArithmeticError> {
        if value.sign() == Sign::NoSign {
            return Ok(Self(Repr::Int(0)));
        }
        if value.bits().saturating_add(count) > MAX_BITS {
            return Err(ArithmeticError::TooBig);
        }
        from_integer(value << count)
    }

    fn to_whole(&self, direction: Sign) -> Result<Self, ArithmeticError> {
        if let Some(value) = self.small_integer() {
            return Ok(Self(Repr::Int(value)));
        }
        let value = self.float();
        bounded(&value)?;
        let truncated = value.truncated();
        // OPA asks the whole number for its sign, and zero has none.
        let towards_zero = match direction {
            Sign::Minus => truncated.sign() != Sign::Minus,
            Sign::Plus | Sign::NoSign => truncated.sign() == Sign::Minus,
        };
        if towards_zero || value.is_whole() {
            return from_float(&Float::exact(truncated));
        }
        let step = Float::parse(if direction == Sign::Minus { "-1" } else { "1" });
        from_float(&Float::exact(truncated).plus(&step, PRECISION))
    }

    fn float(&self) -> Float {
        match &self.0 {
            Repr::Int(value) => Float::exact(BigInt::from(*value)),
            Repr::Text(text) => Float::parse(text),
        }
    }
}

fn multiply(left: &BigInt, right: &BigInt) -> Result<BigInt, ArithmeticError> {
    if left.bits().saturating_add(right.bits()) > MAX_BITS {
        return Err(ArithmeticError::TooBig);
    }
    Ok(left * right)
}

fn from_integer(value: BigInt) -> Result<Number, ArithmeticError> {
    if value.bits() > MAX_BITS {
        return Err(ArithmeticError::TooBig);
    }
    Ok(value.into())
}

fn from_float(value: &Float) -> Result<Number, ArithmeticError> {
    bounded(value)?;
    let text = value.text();
    Ok(Number(super::canonical_integer(&text).map_or_else(|| Repr::Text(text.into()), Repr::Int)))
}

fn bounded(value: &Float) -> Result<(), ArithmeticError> {
    if value.magnitude().unsigned_abs() > MAX_BITS { Err(ArithmeticError::TooBig) } else { Ok(()) }
}

/// Far beyond any number in a policy; printing one takes part of a second.
const MAX_BITS: u64 = 1_000_000;

const DOUBLE_PRECISION: u64 = 53;
