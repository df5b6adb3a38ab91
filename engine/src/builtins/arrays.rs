//! Arrays.

use super::Shape::{Any, ArrayOf, Number};
use super::{Answer, Context, Operands, Signature, named};
use crate::value::{Array, Value};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("array.concat", "The elements of one array and then those of another.")
        .takes(&[named("x", ArrayOf(&Any)), named("y", ArrayOf(&Any))])
        .returns(named("z", ArrayOf(&Any)))
        .does(concat),
    Signature::new(
        "array.flatten",
        "The elements of an array; those that are arrays themselves are unpacked, one level deep.",
    )
    .takes(&[named("arr", ArrayOf(&Any))])
    .returns(named("flattened", ArrayOf(&Any)))
    .does(flatten),
    Signature::new("array.reverse", "The elements of an array from last to first.")
        .takes(&[named("arr", ArrayOf(&Any))])
        .returns(named("rev", ArrayOf(&Any)))
        .does(reverse),
    Signature::new(
        "array.slice",
        "The elements from position `start` to before position `stop`; positions outside are cut back.",
    )
    .takes(&[named("arr", ArrayOf(&Any)), named("start", Number), named("stop", Number)])
    .returns(named("slice", ArrayOf(&Any)))
    .does(slice),
];

fn concat(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (first, second) = (operands.array(0)?, operands.array(1)?);
    Ok(Some(first.iter().chain(second).cloned().collect::<Array>().into()))
}

fn flatten(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let mut flat = Vec::new();
    for element in operands.array(0)? {
        match element {
            Value::Array(inner) => flat.extend(inner.iter().cloned()),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_)
            | Value::Set(_) => flat.push(element.clone()),
        }
    }
    Ok(Some(Array::from(flat).into()))
}

fn reverse(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.array(0)?.iter().rev().cloned().collect::<Array>().into()))
}

fn slice(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let array = operands.array(0)?;
    let position = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
    let start = position(operands.small_integer(1)?);
    let stop = position(operands.small_integer(2)?).min(array.len());
    let part = array.as_slice().get(start.min(stop)..stop).unwrap_or_default();
    Ok(Some(part.iter().cloned().collect::<Array>().into()))
}
