//! What can be said of a collection as a whole.

use super::Shape::{Any, ArrayOf, Boolean, Number, ObjectOf, OneOf, SetOf, String};
use super::{Answer, Context, Operands, Signature, named, unnamed};
use crate::value::Value;

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("all", "Whether every element is true; replaced by `every`.")
        .takes(&[unnamed(OneOf(&[ArrayOf(&Any), SetOf(&Any)]))])
        .returns(unnamed(Boolean))
        .deprecated(),
    Signature::new("any", "Whether one of the elements is true; replaced by `in`.")
        .takes(&[unnamed(OneOf(&[ArrayOf(&Any), SetOf(&Any)]))])
        .returns(unnamed(Boolean))
        .deprecated(),
    Signature::new("count", "How many elements a collection or characters a string has.")
        .takes(&[named("collection", OneOf(&[String, ArrayOf(&Any), ObjectOf(&Any, &Any), SetOf(&Any)]))])
        .returns(named("n", Number))
        .in_categories(&["aggregates"])
        .does(count),
    Signature::new("max", "The last element of a collection in the order of values.")
        .takes(&[named("collection", OneOf(&[ArrayOf(&Any), SetOf(&Any)]))])
        .returns(named("n", Any))
        .in_categories(&["aggregates"]),
    Signature::new("min", "The first element of a collection in the order of values.")
        .takes(&[named("collection", OneOf(&[ArrayOf(&Any), SetOf(&Any)]))])
        .returns(named("n", Any))
        .in_categories(&["aggregates"]),
    Signature::new("product", "The product of the numbers of a collection.")
        .takes(&[named("collection", OneOf(&[ArrayOf(&Number), SetOf(&Number)]))])
        .returns(named("n", Number))
        .in_categories(&["aggregates"]),
    Signature::new("sort", "The elements of a collection as a sorted array.")
        .takes(&[named("collection", OneOf(&[ArrayOf(&Any), SetOf(&Any)]))])
        .returns(named("n", ArrayOf(&Any)))
        .in_categories(&["aggregates"]),
    Signature::new("sum", "The sum of the numbers of a collection.")
        .takes(&[named("collection", OneOf(&[ArrayOf(&Number), SetOf(&Number)]))])
        .returns(named("n", Number))
        .in_categories(&["aggregates"]),
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
