//! What can be said of a collection as a whole.

use super::Shape::{Any, ArrayOf, Boolean, Number, ObjectOf, OneOf, SetOf, String};
use super::{Answer, BuiltinError, Context, Operands, Signature, named, unnamed};
use crate::value::{self, Array, Value};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("all", "Whether every element is true; replaced by `every`.")
        .takes(&[unnamed(OneOf(&[ArrayOf(&Any), SetOf(&Any)]))])
        .returns(unnamed(Boolean))
        .deprecated()
        .does(all),
    Signature::new("any", "Whether one of the elements is true; replaced by `in`.")
        .takes(&[unnamed(OneOf(&[ArrayOf(&Any), SetOf(&Any)]))])
        .returns(unnamed(Boolean))
        .deprecated()
        .does(any),
    Signature::new("count", "How many elements a collection or characters a string has.")
        .takes(&[named("collection", OneOf(&[String, ArrayOf(&Any), ObjectOf(&Any, &Any), SetOf(&Any)]))])
        .returns(named("n", Number))
        .in_categories(&["aggregates"])
        .does(count),
    Signature::new("max", "The last element of a collection in the order of values.")
        .takes(&[named("collection", OneOf(&[ArrayOf(&Any), SetOf(&Any)]))])
        .returns(named("n", Any))
        .in_categories(&["aggregates"])
        .does(max),
    Signature::new("min", "The first element of a collection in the order of values.")
        .takes(&[named("collection", OneOf(&[ArrayOf(&Any), SetOf(&Any)]))])
        .returns(named("n", Any))
        .in_categories(&["aggregates"])
        .does(min),
    Signature::new("product", "The product of the numbers of a collection.")
        .takes(&[named("collection", OneOf(&[ArrayOf(&Number), SetOf(&Number)]))])
        .returns(named("n", Number))
        .in_categories(&["aggregates"])
        .does(product),
    Signature::new("sort", "The elements of a collection as a sorted array.")
        .takes(&[named("collection", OneOf(&[ArrayOf(&Any), SetOf(&Any)]))])
        .returns(named("n", ArrayOf(&Any)))
        .in_categories(&["aggregates"])
        .does(sort),
    Signature::new("sum", "The sum of the numbers of a collection.")
        .takes(&[named("collection", OneOf(&[ArrayOf(&Number), SetOf(&Number)]))])
        .returns(named("n", Number))
        .in_categories(&["aggregates"])
        .does(sum),
];

fn count(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let size = match operands.value(0)? {
        Value::Array(array) => array.len(),
        Value::Object(object) => object.len(),
        Value::Set(set) => set.len(),
        Value::String(text) => text.chars().count(),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            return Err(operands.mismatch(0, "one of {array, object, set, string}"));
        }
    };
    Ok(Some(Value::from(size as u64)))
}

fn all(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let elements = elements(operands, "one of {array, set}")?;
    Ok(Some(elements.iter().all(|element| element.as_bool() == Some(true)).into()))
}

fn any(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let elements = elements(operands, "one of {array, set}")?;
    Ok(Some(elements.iter().any(|element| element.as_bool() == Some(true)).into()))
}

fn max(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    // Of equal elements OPA takes the last one of an array.
    Ok(elements(operands, "one of {set, array}")?.iter().max().cloned())
}

fn min(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let elements = elements(operands, "one of {set, array}")?;
    // The last one here too, which `Iterator::min` wouldn't give.
    Ok(elements.iter().rev().min().cloned())
}

fn sort(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let mut sorted = elements(operands, "one of {set, array}")?.to_vec();
    sorted.sort();
    Ok(Some(Array::from(sorted).into()))
}

fn sum(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(value::Number::sum(numbers(operands)?.into_iter())?.into()))
}

fn product(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(value::Number::product(numbers(operands)?.into_iter())?.into()))
}

fn numbers<'a>(operands: Operands<'a>) -> Result<Vec<&'a value::Number>, BuiltinError> {
    let elements = elements(operands, "one of {set, array}")?.iter();
    let number = |element: &'a Value| {
        element.as_number().ok_or_else(|| operands.element_mismatch(0, "number", element))
    };
    elements.map(number).collect()
}

/// The elements of an array or of a set, in order.
fn elements<'a>(operands: Operands<'a>, wanted: &str) -> Result<&'a [Value], BuiltinError> {
    match operands.value(0)? {
        Value::Array(array) => Ok(array.as_slice()),
        Value::Set(set) => Ok(set.as_slice()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Err(operands.mismatch(0, wanted))
        }
    }
}
