//! The types of values.

use super::Shape::{Any, Boolean, String};
use super::{Answer, Context, Operands, Signature, named};
use crate::value::Value;

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("is_array", "Whether a value is an array.")
        .takes(&[named("x", Any)])
        .returns(named("result", Boolean))
        .in_categories(&["types"])
        .does(is_array),
    Signature::new("is_boolean", "Whether a value is a boolean.")
        .takes(&[named("x", Any)])
        .returns(named("result", Boolean))
        .in_categories(&["types"])
        .does(is_boolean),
    Signature::new("is_null", "Whether a value is null.")
        .takes(&[named("x", Any)])
        .returns(named("result", Boolean))
        .in_categories(&["types"])
        .does(is_null),
    Signature::new("is_number", "Whether a value is a number.")
        .takes(&[named("x", Any)])
        .returns(named("result", Boolean))
        .in_categories(&["types"])
        .does(is_number),
    Signature::new("is_object", "Whether a value is an object.")
        .takes(&[named("x", Any)])
        .returns(named("result", Boolean))
        .in_categories(&["types"])
        .does(is_object),
    Signature::new("is_set", "Whether a value is a set.")
        .takes(&[named("x", Any)])
        .returns(named("result", Boolean))
        .in_categories(&["types"])
        .does(is_set),
    Signature::new("is_string", "Whether a value is a string.")
        .takes(&[named("x", Any)])
        .returns(named("result", Boolean))
        .in_categories(&["types"])
        .does(is_string),
    Signature::new("type_name", "The name of the type of a value.")
        .takes(&[named("x", Any)])
        .returns(named("type", String))
        .in_categories(&["types"])
        .does(type_name),
];

fn is_array(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(matches!(operands.value(0)?, Value::Array(_)).into()))
}

fn is_boolean(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(matches!(operands.value(0)?, Value::Bool(_)).into()))
}

fn is_null(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(matches!(operands.value(0)?, Value::Null).into()))
}

fn is_number(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(matches!(operands.value(0)?, Value::Number(_)).into()))
}

fn is_object(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(matches!(operands.value(0)?, Value::Object(_)).into()))
}

fn is_set(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(matches!(operands.value(0)?, Value::Set(_)).into()))
}

fn is_string(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(matches!(operands.value(0)?, Value::String(_)).into()))
}

fn type_name(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.value(0)?.type_name().into()))
}
