//! Bits of whole numbers.

use super::Shape;
use super::{Answer, BuiltinError, Context, Operands, Signature, named};
use crate::value::{Integer, Number, Value};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("bits.and", "The bits that two whole numbers both have.")
        .takes(&[named("x", Shape::Number), named("y", Shape::Number)])
        .returns(named("z", Shape::Number))
        .does(and),
    Signature::new("bits.lsh", "A whole number shifted left by `s` bits.")
        .takes(&[named("x", Shape::Number), named("s", Shape::Number)])
        .returns(named("z", Shape::Number))
        .does(lsh),
    Signature::new("bits.negate", "A whole number with all its bits inverted.")
        .takes(&[named("x", Shape::Number)])
        .returns(named("z", Shape::Number))
        .does(negate),
    Signature::new("bits.or", "The bits that either of two whole numbers has.")
        .takes(&[named("x", Shape::Number), named("y", Shape::Number)])
        .returns(named("z", Shape::Number))
        .does(or),
    Signature::new("bits.rsh", "A whole number shifted right by `s` bits.")
        .takes(&[named("x", Shape::Number), named("s", Shape::Number)])
        .returns(named("z", Shape::Number))
        .does(rsh),
    Signature::new("bits.xor", "The bits in which two whole numbers differ.")
        .takes(&[named("x", Shape::Number), named("y", Shape::Number)])
        .returns(named("z", Shape::Number))
        .does(xor),
];

fn and(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    combined(operands, |left, right| left & right, |left, right| left & right)
}

fn or(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    combined(operands, |left, right| left | right, |left, right| left | right)
}

fn xor(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    combined(operands, |left, right| left ^ right, |left, right| left ^ right)
}

fn negate(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(Number::from(!operands.integer(0)?).into()))
}

fn lsh(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (value, count) = (operands.integer(0)?, shift(operands)?);
    Ok(Some(Number::shifted_left(&value, count)?.into()))
}

fn rsh(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (value, count) = (operands.integer(0)?, shift(operands)?);
    // Past all bits only the sign is left.
    Ok(Some(Number::from(value >> count.min(u64::from(u32::MAX))).into()))
}

fn combined(
    operands: Operands<'_>,
    small: fn(i64, i64) -> i64,
    any: fn(Integer, Integer) -> Integer,
) -> Answer {
    if let (Value::Number(left), Value::Number(right)) = (operands.value(0)?, operands.value(1)?)
        && let (Some(left), Some(right)) = (left.as_i64(), right.as_i64())
    {
        return Ok(Some(small(left, right).into()));
    }
    Ok(Some(Number::from(any(operands.integer(0)?, operands.integer(1)?)).into()))
}

/// By how many bits to shift: of a number with more than 64 bits OPA takes the lowest 64.
fn shift(operands: Operands<'_>) -> Result<u64, BuiltinError> {
    let count = operands.integer(1)?;
    if count < Integer::ZERO {
        let message = "operand 2 must be an unsigned integer number but got a negative integer";
        return Err(BuiltinError::Operand(message.to_owned()));
    }
    Ok(count.iter_u64_digits().next().unwrap_or(0))
}
