//! Operators on numbers, and `-` on sets.

use super::Shape::{Any, Number, OneOf, SetOf};
use super::{Answer, Context, Operands, Signature, named};
use crate::value::{Set, Value};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("div", "The quotient of two numbers; an error when the second is zero.")
        .takes(&[named("x", Number), named("y", Number)])
        .returns(named("z", Number))
        .written("/")
        .in_categories(&["numbers"])
        .does(div),
    Signature::new("minus", "The difference of two numbers, or the elements of one set that another lacks.")
        .takes(&[named("x", OneOf(&[Number, SetOf(&Any)])), named("y", OneOf(&[Number, SetOf(&Any)]))])
        .returns(named("z", OneOf(&[Number, SetOf(&Any)])))
        .written("-")
        .in_categories(&["sets", "numbers"])
        .does(minus),
    Signature::new("mul", "The product of two numbers.")
        .takes(&[named("x", Number), named("y", Number)])
        .returns(named("z", Number))
        .written("*")
        .in_categories(&["numbers"])
        .does(mul),
    Signature::new("plus", "The sum of two numbers.")
        .takes(&[named("x", Number), named("y", Number)])
        .returns(named("z", Number))
        .written("+")
        .in_categories(&["numbers"])
        .does(plus),
    Signature::new("rem", "The remainder of a division of whole numbers.")
        .takes(&[named("x", Number), named("y", Number)])
        .returns(named("z", Number))
        .written("%")
        .in_categories(&["numbers"])
        .does(rem),
];

fn plus(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.number(0)?.plus(operands.number(1)?)?.into()))
}

fn minus(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    match (operands.value(0)?, operands.value(1)?) {
        (Value::Number(left), Value::Number(right)) => Ok(Some(left.minus(right)?.into())),
        (Value::Set(left), Value::Set(right)) => {
            let rest = left.iter().filter(|element| !right.contains(element));
            Ok(Some(rest.cloned().collect::<Set>().into()))
        }
        (Value::Set(_), Value::Number(_)) => Err(operands.mismatch(1, "set")),
        // OPA wants a number here even if the first operand is a set.
        (Value::Number(_) | Value::Set(_), _) => Err(operands.mismatch(1, "number")),
        _ => Err(operands.mismatch(0, "one of {number, set}")),
    }
}

fn mul(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.number(0)?.times(operands.number(1)?)?.into()))
}

fn div(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.number(0)?.divided_by(operands.number(1)?)?.into()))
}

fn rem(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.number(0)?.remainder(operands.number(1)?)?.into()))
}
