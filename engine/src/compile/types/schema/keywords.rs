//! The keywords that say nothing about types and still have to be written right.

use std::collections::BTreeSet;

use super::read::Draft;
use crate::value::{Number, Object, Value};

/// Checks the keywords from `multipleOf` to `uniqueItems`, in the order in which OPA does.
pub(super) fn check(schema: &Object, draft: Draft) -> Result<(), String> {
    if let Some(value) = schema.get_str("multipleOf") {
        let number = value.as_number().ok_or_else(|| invalid_type("Number", "multipleOf"))?;
        if !is_positive(number) {
            return Err("multipleOf must be strictly greater than 0".to_owned());
        }
    }
    check_bound(schema, draft, "minimum", "exclusiveMinimum")?;
    check_bound(schema, draft, "maximum", "exclusiveMaximum")?;
    let shortest = check_count(schema, "minLength")?;
    let longest = check_count(schema, "maxLength")?;
    check_order(shortest, longest, ["minLength", "maxLength"])?;
    check_text(schema, "pattern")?;
    check_text(schema, "format")?;
    let fewest = check_count(schema, "minProperties")?;
    let most = check_count(schema, "maxProperties")?;
    check_order(fewest, most, ["minProperties", "maxProperties"])?;
    check_required(schema)?;
    check_count(schema, "minItems")?;
    check_count(schema, "maxItems")?;
    if schema.get_str("uniqueItems").is_some_and(|value| value.as_bool().is_none()) {
        return Err("uniqueItems must be of a boolean".to_owned());
    }
    Ok(())
}

/// Checks that no value of an `enum` is listed twice.
pub(super) fn check_enum(schema: &Object) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for value in array(schema, "enum")? {
        if !seen.insert(value) {
            return Err("enum items must be unique".to_owned());
        }
    }
    Ok(())
}

/// The items of a keyword whose value is an array; none when it isn't there.
pub(super) fn array<'v>(schema: &'v Object, key: &str) -> Result<&'v [Value], String> {
    match schema.get_str(key) {
        None => Ok(&[]),
        Some(Value::Array(array)) => Ok(array.as_slice()),
        Some(_) => Err(format!("{key} must be of an array")),
    }
}

/// The text of a keyword; none when it isn't there.
pub(super) fn check_text<'v>(schema: &'v Object, key: &str) -> Result<Option<&'v str>, String> {
    match schema.get_str(key) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(|| invalid_type("string", key)),
    }
}

/// A value of the wrong kind. What is said to be given is the keyword, as OPA says it.
pub(super) fn invalid_type(expected: &str, given: &str) -> String {
    format!("Invalid type. Expected: {expected}, given: {given}")
}

fn check_bound(schema: &Object, draft: Draft, bound: &str, exclusive: &str) -> Result<(), String> {
    let inclusive = schema.get_str(bound);
    if inclusive.is_some_and(|value| value.as_number().is_none()) {
        return Err(format!("{bound} must be of a Number"));
    }
    let Some(value) = schema.get_str(exclusive) else { return Ok(()) };
    match (draft, value) {
        (Draft::Four | Draft::Hybrid, Value::Bool(_)) => match inclusive {
            Some(_) => Ok(()),
            None => Err(format!("{exclusive} cannot be used without {bound}")),
        },
        (Draft::Hybrid | Draft::Six | Draft::Seven, Value::Number(_)) => Ok(()),
        (Draft::Four, _) => Err(invalid_type("boolean", exclusive)),
        (Draft::Hybrid, _) => Err(invalid_type("boolean/number", exclusive)),
        (Draft::Six | Draft::Seven, _) => Err(invalid_type("number", exclusive)),
    }
}

fn check_count(schema: &Object, key: &str) -> Result<Option<i64>, String> {
    let Some(value) = schema.get_str(key) else { return Ok(None) };
    let number = value.as_number().filter(|number| number.is_integer()).and_then(Number::as_i64);
    match number {
        None => Err(format!("{key} must be of an integer")),
        Some(..0) => Err(format!("{key} must be greater than or equal to 0")),
        Some(number) => Ok(Some(number)),
    }
}

fn check_order(least: Option<i64>, most: Option<i64>, [low, high]: [&str; 2]) -> Result<(), String> {
    match (least, most) {
        (Some(least), Some(most)) if least > most => Err(format!("{low} cannot be greater than {high}")),
        _ => Ok(()),
    }
}

fn check_required(schema: &Object) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for name in array(schema, "required")? {
        let name = name.as_str().ok_or_else(|| invalid_type("string", "required"))?;
        if !seen.insert(name) {
            return Err("required items must be unique".to_owned());
        }
    }
    Ok(())
}

fn is_positive(number: &Number) -> bool {
    let text = number.text();
    !text.starts_with('-')
        && text.bytes().take_while(|byte| !matches!(byte, b'e' | b'E')).any(|b| matches!(b, b'1'..=b'9'))
}
