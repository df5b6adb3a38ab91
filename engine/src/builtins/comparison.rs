//! Comparison, unification and membership of values.

use super::Shape::{Any, Boolean};
use super::{Answer, Context, Operands, Signature, named, unnamed};
use crate::value::Value;

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("assign", "What `:=` stands for until local variables are rewritten.")
        .takes(&[unnamed(Any), unnamed(Any)])
        .returns(unnamed(Boolean))
        .written(":="),
    Signature::new("eq", "What `=` stands for: both sides unify.")
        .takes(&[unnamed(Any), unnamed(Any)])
        .returns(unnamed(Boolean))
        .written("="),
    Signature::new("equal", "Whether two values are equal.")
        .takes(&[named("x", Any), named("y", Any)])
        .returns(named("result", Boolean))
        .written("==")
        .in_categories(&["comparison"])
        .does(equal),
    Signature::new("gt", "Whether the first value comes after the second.")
        .takes(&[named("x", Any), named("y", Any)])
        .returns(named("result", Boolean))
        .written(">")
        .in_categories(&["comparison"])
        .does(gt),
    Signature::new("gte", "Whether the first value comes after the second or equals it.")
        .takes(&[named("x", Any), named("y", Any)])
        .returns(named("result", Boolean))
        .written(">=")
        .in_categories(&["comparison"])
        .does(gte),
    Signature::new("internal.member_2", "What `x in xs` stands for: the collection has the value.")
        .takes(&[unnamed(Any), unnamed(Any)])
        .returns(unnamed(Boolean))
        .written("in")
        .does(member),
    Signature::new(
        "internal.member_3",
        "What `k, x in xs` stands for: the collection has the value under the key.",
    )
    .takes(&[unnamed(Any), unnamed(Any), unnamed(Any)])
    .returns(unnamed(Boolean))
    .written("in")
    .does(member_with_key),
    Signature::new("lt", "Whether the first value comes before the second.")
        .takes(&[named("x", Any), named("y", Any)])
        .returns(named("result", Boolean))
        .written("<")
        .in_categories(&["comparison"])
        .does(lt),
    Signature::new("lte", "Whether the first value comes before the second or equals it.")
        .takes(&[named("x", Any), named("y", Any)])
        .returns(named("result", Boolean))
        .written("<=")
        .in_categories(&["comparison"])
        .does(lte),
    Signature::new("neq", "Whether two values differ.")
        .takes(&[named("x", Any), named("y", Any)])
        .returns(named("result", Boolean))
        .written("!=")
        .in_categories(&["comparison"])
        .does(neq),
];

fn equal(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some((operands.value(0)? == operands.value(1)?).into()))
}

fn neq(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some((operands.value(0)? != operands.value(1)?).into()))
}

fn gt(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some((operands.value(0)? > operands.value(1)?).into()))
}

fn gte(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some((operands.value(0)? >= operands.value(1)?).into()))
}

fn lt(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some((operands.value(0)? < operands.value(1)?).into()))
}

fn lte(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some((operands.value(0)? <= operands.value(1)?).into()))
}

fn member(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let wanted = operands.value(0)?;
    let found = match operands.value(1)? {
        Value::Set(set) => set.contains(wanted),
        Value::Array(array) => array.iter().any(|element| element == wanted),
        Value::Object(object) => object.values().any(|value| value == wanted),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    Ok(Some(found.into()))
}

fn member_with_key(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (key, wanted) = (operands.value(0)?, operands.value(1)?);
    let found = match operands.value(2)? {
        Value::Set(set) => key == wanted && set.contains(key),
        Value::Array(array) => array.at(key) == Some(wanted),
        Value::Object(object) => object.get(key) == Some(wanted),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    Ok(Some(found.into()))
}
