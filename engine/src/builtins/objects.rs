//! Objects.

mod subset;

use super::Shape::{Any, ArrayOf, Boolean, ObjectOf, OneOf, SetOf};
use super::{Answer, BuiltinError, Context, Operands, Signature, named};
use crate::value::{Object, Set, Value};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("object.filter", "An object with only the given keys.")
        .takes(&[
            named("object", ObjectOf(&Any, &Any)),
            named("keys", OneOf(&[ArrayOf(&Any), ObjectOf(&Any, &Any), SetOf(&Any)])),
        ])
        .returns(named("filtered", ObjectOf(&Any, &Any)))
        .does(filter),
    Signature::new("object.get", "The value under a key or along a path of keys, or else a default.")
        .takes(&[named("object", ObjectOf(&Any, &Any)), named("key", Any), named("default", Any)])
        .returns(named("value", Any))
        .does(get),
    Signature::new("object.keys", "The keys of an object.")
        .takes(&[named("object", ObjectOf(&Any, &Any))])
        .returns(named("value", SetOf(&Any)))
        .does(keys),
    Signature::new("object.remove", "An object without the given keys.")
        .takes(&[
            named("object", ObjectOf(&Any, &Any)),
            named("keys", OneOf(&[ArrayOf(&Any), ObjectOf(&Any, &Any), SetOf(&Any)])),
        ])
        .returns(named("output", ObjectOf(&Any, &Any)))
        .does(remove),
    Signature::new(
        "object.subset",
        "Whether one collection has all that another has, nested objects compared likewise.",
    )
    .takes(&[
        named("super", OneOf(&[ArrayOf(&Any), ObjectOf(&Any, &Any), SetOf(&Any)])),
        named("sub", OneOf(&[ArrayOf(&Any), ObjectOf(&Any, &Any), SetOf(&Any)])),
    ])
    .returns(named("result", Boolean))
    .does(subset),
    Signature::new("object.union", "Two objects merged, nested ones too; the second wins.")
        .takes(&[named("a", ObjectOf(&Any, &Any)), named("b", ObjectOf(&Any, &Any))])
        .returns(named("output", ObjectOf(&Any, &Any)))
        .does(union),
    Signature::new("object.union_n", "Objects merged from first to last, nested ones too; later ones win.")
        .takes(&[named("objects", ArrayOf(&ObjectOf(&Any, &Any)))])
        .returns(named("output", ObjectOf(&Any, &Any)))
        .does(union_n),
];

fn filter(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (object, keys) = (operands.object(0)?, key_operand(operands)?);
    // OPA goes through the smaller one in the other: what a number is written as comes from there.
    let is_smaller = object.len() < keys.len();
    let kept = object.iter().filter_map(|(key, value)| {
        let other = keys.get(key)?;
        Some((if is_smaller { other.clone() } else { key.clone() }, value.clone()))
    });
    Ok(Some(kept.collect::<Object>().into()))
}

fn remove(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (object, keys) = (operands.object(0)?, key_operand(operands)?);
    let kept = object.iter().filter(|(key, _)| !keys.contains(key));
    Ok(Some(kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Object>().into()))
}

fn get(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (object, path, default) = (operands.object(0)?, operands.value(1)?, operands.value(2)?);
    let found = match path {
        Value::Array(steps) => steps.iter().try_fold(operands.value(0)?, member),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_)
        | Value::Set(_) => object.get(path),
    };
    Ok(Some(found.unwrap_or(default).clone()))
}

fn keys(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.object(0)?.keys().cloned().collect::<Set>().into()))
}

fn subset(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let contained = subset::contains(context, operands.value(0)?, operands.value(1)?)?;
    let contained = contained.ok_or_else(|| {
        let message = "both arguments object.subset must be of the same type or array and set";
        BuiltinError::Operand(message.to_owned())
    })?;
    Ok(Some(contained.into()))
}

fn union(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (left, right) = (operands.object(0)?, operands.object(1)?);
    // Equal ones may be written otherwise.
    let merged = if left == right { left.clone() } else { left.clone().overlay(right.clone()) };
    Ok(Some(merged.into()))
}

fn union_n(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let array = operands.array(0)?;
    let mut merged = Object::new();
    let wrong = |element| operands.element_mismatch(0, "object", element);
    let objects = array.iter().map(|element| element.as_object().ok_or_else(|| wrong(element)));
    let objects = objects.collect::<Result<Vec<_>, _>>()?;
    for object in objects {
        // OPA merges from the back, so that of equal keys that are written otherwise the last one stays.
        merged = merged.overlay_with_keys(object.clone());
    }
    Ok(Some(merged.into()))
}

/// What a value has under a key, as references find it.
fn member<'a>(value: &'a Value, key: &'a Value) -> Option<&'a Value> {
    match value {
        Value::Object(object) => object.get(key),
        Value::Array(array) => array.at(key),
        // What is found is the key as the path writes it, not as the set does.
        Value::Set(set) => set.contains(key).then_some(key),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// The second operand as a set of keys.
fn key_operand(operands: Operands<'_>) -> Result<Set, BuiltinError> {
    match operands.value(1)? {
        Value::Array(keys) => Ok(keys.iter().cloned().collect()),
        Value::Set(keys) => Ok(keys.clone()),
        Value::Object(object) => Ok(object.keys().cloned().collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err(operands.mismatch(1, "one of {object, set, array}"))
        }
    }
}
