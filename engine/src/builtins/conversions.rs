//! From one type to another.

use super::Shape::{Any, ArrayOf, Boolean, Null, Number, ObjectOf, OneOf, SetOf, String};
use super::{Answer, BuiltinError, Context, Operands, Signature, named, unnamed};
use crate::value::{self, NumberError, Value, rego_string};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("cast_array", "An array, or the elements of a set as an array.")
        .takes(&[unnamed(Any)])
        .returns(unnamed(ArrayOf(&Any)))
        .deprecated()
        .does(cast_array),
    Signature::new("cast_boolean", "A boolean as it is; undefined for all else.")
        .takes(&[unnamed(Any)])
        .returns(unnamed(Boolean))
        .deprecated()
        .does(cast_boolean),
    Signature::new("cast_null", "Null as it is; undefined for all else.")
        .takes(&[unnamed(Any)])
        .returns(unnamed(Null))
        .deprecated()
        .does(cast_null),
    Signature::new("cast_object", "An object as it is; undefined for all else.")
        .takes(&[unnamed(Any)])
        .returns(unnamed(ObjectOf(&Any, &Any)))
        .deprecated()
        .does(cast_object),
    Signature::new("cast_set", "A set, or the elements of an array as a set.")
        .takes(&[unnamed(Any)])
        .returns(unnamed(SetOf(&Any)))
        .deprecated()
        .does(cast_set),
    Signature::new("cast_string", "A string as it is; undefined for all else.")
        .takes(&[unnamed(Any)])
        .returns(unnamed(String))
        .deprecated()
        .does(cast_string),
    Signature::new("to_number", "A number for a string of digits, a boolean or null.")
        .takes(&[named("value", OneOf(&[Null, Boolean, Number, String]))])
        .returns(named("num", Number))
        .in_categories(&["conversions"])
        .does(to_number),
];

fn cast_array(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    match operands.value(0)? {
        array @ Value::Array(_) => Ok(Some(array.clone())),
        Value::Set(set) => Ok(Some(set.iter().cloned().collect::<value::Array>().into())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Err(operands.mismatch(0, "one of {array, set}"))
        }
    }
}

fn cast_set(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    match operands.value(0)? {
        set @ Value::Set(_) => Ok(Some(set.clone())),
        Value::Array(array) => Ok(Some(array.iter().cloned().collect::<value::Set>().into())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Err(operands.mismatch(0, "one of {array, set}"))
        }
    }
}

fn cast_boolean(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.boolean(0)?.into()))
}

fn cast_null(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let null = matches!(operands.value(0)?, Value::Null);
    if null { Ok(Some(Value::Null)) } else { Err(operands.mismatch(0, "null")) }
}

fn cast_object(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.object(0)?.clone().into()))
}

fn cast_string(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    operands.string(0)?;
    Ok(operands.value(0).ok().cloned())
}

fn to_number(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    match operands.value(0)? {
        Value::Null | Value::Bool(false) => Ok(Some(Value::from(0_i64))),
        Value::Bool(true) => Ok(Some(Value::from(1_i64))),
        number @ Value::Number(_) => Ok(Some(number.clone())),
        Value::String(text) => Ok(Some(number_of(text, operands)?.into())),
        Value::Array(_) | Value::Object(_) | Value::Set(_) => {
            Err(operands.mismatch(0, "one of {null, boolean, number, string}"))
        }
    }
}

/// The number that a string writes in Go's syntax, as long as a double can come near it.
fn number_of(text: &str, operands: Operands<'_>) -> Result<value::Number, BuiltinError> {
    let unsigned = text.trim_start_matches(['+', '-']);
    if ["inf", "infinity", "nan"].iter().any(|word| unsigned.eq_ignore_ascii_case(word)) {
        return Err(operands.mismatch(0, "valid number string"));
    }
    let failed =
        |why| BuiltinError::failed(format!("strconv.ParseFloat: parsing {}: {why}", rego_string(text)));
    match value::Number::parse_literal(text) {
        Ok(number) if number.to_f64().is_infinite() => Err(failed("value out of range")),
        Ok(number) => Ok(number),
        // The smallest ones pass as doubles, being near zero, and then OPA refuses them.
        Err(NumberError::TooBig) if text.to_ascii_lowercase().contains("e-") => {
            Err(BuiltinError::failed("invalid number: number too big"))
        }
        Err(NumberError::TooBig) => Err(failed("value out of range")),
        Err(NumberError::Syntax) => Err(failed("invalid syntax")),
    }
}
