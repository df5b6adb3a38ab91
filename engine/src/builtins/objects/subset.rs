//! Whether a collection has all of another.

use super::super::{BuiltinError, Context};
use crate::value::{Array, Set, Value};

/// Whether `whole` has all of `part`; nothing when the two can't be compared so.
///
/// Objects have the other's keys, with values that have the other's values likewise or equal them. Sets have the
/// other's elements. Arrays have the other's elements in a row, or those of a set anywhere.
///
/// # Errors
/// When evaluation should stop.
pub(super) fn contains(
    context: &mut Context<'_>,
    whole: &Value,
    part: &Value,
) -> Result<Option<bool>, BuiltinError> {
    Ok(match (whole, part) {
        (Value::Array(whole), Value::Set(part)) => Some(array_has_set(whole, part)),
        (Value::Object(_), Value::Object(_))
        | (Value::Set(_), Value::Set(_))
        | (Value::Array(_), Value::Array(_)) => Some(same_kind(context, whole, part)?),
        _ => None,
    })
}

/// Objects may nest deep, so pairs that are still to be compared wait on a stack.
fn same_kind(context: &mut Context<'_>, whole: &Value, part: &Value) -> Result<bool, BuiltinError> {
    let mut pairs = vec![(whole, part)];
    while let Some((whole, part)) = pairs.pop() {
        match (whole, part) {
            (Value::Object(whole), Value::Object(part)) => {
                for (key, value) in part {
                    match whole.get(key) {
                        Some(found) => pairs.push((found, value)),
                        None => return Ok(false),
                    }
                }
            }
            (Value::Set(whole), Value::Set(part)) => {
                if !part.iter().all(|element| whole.contains(element)) {
                    return Ok(false);
                }
            }
            (Value::Array(whole), Value::Array(part)) => {
                if !array_has_array(context, whole, part)? {
                    return Ok(false);
                }
            }
            _ if whole == part => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// Whether the elements of one array stand in another in a row.
fn array_has_array(context: &mut Context<'_>, whole: &Array, part: &Array) -> Result<bool, BuiltinError> {
    if part.is_empty() {
        return Ok(true);
    }
    for window in whole.as_slice().windows(part.len()) {
        context.check("object.subset: timed out while comparing arrays")?;
        if window == part.as_slice() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// OPA counts matches, so an element that the array has twice stands for two of the set's; and of an empty array it
/// says no whatever the set is.
fn array_has_set(whole: &Array, part: &Set) -> bool {
    let mut missing = part.len();
    for element in whole {
        if part.contains(element) {
            missing = missing.saturating_sub(1);
        }
        if missing == 0 {
            return true;
        }
    }
    false
}
