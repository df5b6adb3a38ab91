//! Changes of base documents, as OPA's store in memory makes them.

use super::target::{integer, shown};
use crate::value::{Array, Object, Value};

/// What is done at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Sets a key of an object, or puts an element into an array before the one that is there, or at its end.
    Add,
    /// Takes away what is there.
    Remove,
    /// Replaces what is there.
    Replace,
}

/// Why a change is none, in OPA's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// There is nothing at the path.
    #[error("storage_not_found_error: {0}")]
    NotFound(String),
    /// The operation means nothing there.
    #[error("storage_invalid_patch_error: {0}")]
    InvalidPatch(String),
    /// On the way there is something that is no object.
    #[error("storage_write_conflict_error: {0}")]
    Conflict(String),
}

/// The document at a path.
///
/// # Errors
/// When there is none.
pub fn read<'d>(data: &'d Value, path: &[String]) -> Result<&'d Value, ChangeError> {
    path.iter().try_fold(data, |value, key| match value {
        Value::Object(object) => object.get_str(key).ok_or_else(missing),
        Value::Array(array) => element(array, key, path),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => Err(missing()),
    })
}

/// The data with objects at all steps of a path.
///
/// # Errors
/// When something else is at one of them.
pub fn with_objects(data: &Value, path: &[String]) -> Result<Value, ChangeError> {
    // The longest part of the path at which there is something.
    let mut at = path.len();
    loop {
        let steps = path.get(..at).unwrap_or_default();
        match read(data, steps) {
            Ok(Value::Object(_)) => break,
            Ok(_) => return Err(ChangeError::Conflict(shown(steps))),
            Err(_) if at == 0 => return Err(ChangeError::Conflict(shown(steps))),
            Err(_) => at -= 1,
        }
    }
    let mut changed = data.clone();
    for end in at + 1..=path.len() {
        let empty = Value::Object(Object::new());
        changed = changed_at(&changed, Operation::Add, path.get(..end).unwrap_or_default(), empty)?;
    }
    Ok(changed)
}

/// The data after an operation. What it leaves alone is shared with what was there before.
///
/// # Errors
/// When there is nothing at the path, or the operation means nothing there.
pub fn changed_at(
    data: &Value,
    operation: Operation,
    path: &[String],
    value: Value,
) -> Result<Value, ChangeError> {
    let Some((last, outer)) = path.split_last() else {
        return match (operation, value) {
            (Operation::Remove, _) => Err(ChangeError::InvalidPatch("root cannot be removed".to_owned())),
            (Operation::Add | Operation::Replace, value @ Value::Object(_)) => Ok(value),
            (Operation::Add | Operation::Replace, _) => {
                Err(ChangeError::InvalidPatch("root must be object".to_owned()))
            }
        };
    };
    // The containers on the way, without the one that changes.
    let mut above = Vec::with_capacity(outer.len());
    let mut at = data;
    for key in outer {
        above.push((at, key));
        at = match at {
            Value::Object(object) => object.get_str(key).ok_or_else(missing)?,
            Value::Array(array) => element(array, key, path)?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => {
                return Err(missing());
            }
        };
    }
    let changed = match at {
        Value::Object(object) => Value::Object(in_object(object, operation, last, value)?),
        Value::Array(array) => Value::Array(in_array(array, operation, last, path, value)?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => {
            return Err(missing());
        }
    };
    above.into_iter().rev().try_fold(changed, |inner, (around, key)| match around {
        Value::Object(object) => {
            let mut object = object.clone();
            object.insert(Value::from(&**key), inner);
            Ok(Value::Object(object))
        }
        Value::Array(array) => {
            let position = index(array, key, path)?;
            let with =
                |(at, item): (usize, &Value)| if at == position { inner.clone() } else { item.clone() };
            Ok(Value::Array(array.iter().enumerate().map(with).collect()))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => Err(missing()),
    })
}

fn in_object(object: &Object, operation: Operation, key: &str, value: Value) -> Result<Object, ChangeError> {
    let is_there = object.get_str(key).is_some();
    let mut object = object.clone();
    match operation {
        Operation::Remove | Operation::Replace if !is_there => return Err(missing()),
        Operation::Add | Operation::Replace => drop(object.insert(Value::from(key), value)),
        Operation::Remove => drop(object.remove(&Value::from(key))),
    }
    Ok(object)
}

fn in_array(
    array: &Array,
    operation: Operation,
    key: &str,
    path: &[String],
    value: Value,
) -> Result<Array, ChangeError> {
    let mut items: Vec<Value> = array.as_slice().to_vec();
    if key == "-" || key == array.len().to_string() {
        if operation != Operation::Add {
            return Err(ChangeError::InvalidPatch(format!("{}: invalid patch path", shown(path))));
        }
        items.push(value);
        return Ok(items.into_iter().collect());
    }
    let position = index(array, key, path)?;
    match operation {
        Operation::Add => items.insert(position, value),
        Operation::Remove => drop(items.remove(position)),
        Operation::Replace => {
            if let Some(item) = items.get_mut(position) {
                *item = value;
            }
        }
    }
    Ok(items.into_iter().collect())
}

fn element<'a>(array: &'a Array, key: &str, path: &[String]) -> Result<&'a Value, ChangeError> {
    let position = index(array, key, path)?;
    array.get(position).ok_or_else(|| out_of_range(path))
}

/// The position of an element that is there.
fn index(array: &Array, key: &str, path: &[String]) -> Result<usize, ChangeError> {
    let Some(number) = integer(key) else {
        return Err(ChangeError::NotFound(format!("{}: array index must be integer", shown(path))));
    };
    usize::try_from(number).ok().filter(|index| *index < array.len()).ok_or_else(|| out_of_range(path))
}

fn out_of_range(path: &[String]) -> ChangeError {
    ChangeError::NotFound(format!("{}: array index out of range", shown(path)))
}

fn missing() -> ChangeError {
    ChangeError::NotFound("document does not exist".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::json_value;
    use crate::source::SourceId;

    fn value(text: &str) -> Value {
        json_value(SourceId::default(), text).unwrap()
    }

    fn path(text: &str) -> Vec<String> {
        super::super::target::keys(text).unwrap()
    }

    fn after(operation: Operation, at: &str, with: &str) -> String {
        let data = value(r#"{"a":{"b":[1,{"c":2}]},"n":null}"#);
        match changed_at(&data, operation, &path(at), value(with)) {
            Ok(value) => value.to_json(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn operations_change_objects_and_arrays() {
        use Operation::{Add, Remove, Replace};
        for (operation, at, expected) in [
            (Add, "a/x", r#"{"a":{"b":[1,{"c":2}],"x":9},"n":null}"#),
            (Add, "a/b/0", r#"{"a":{"b":[9,1,{"c":2}]},"n":null}"#),
            (Add, "a/b/-", r#"{"a":{"b":[1,{"c":2},9]},"n":null}"#),
            (Add, "a/b/2", r#"{"a":{"b":[1,{"c":2},9]},"n":null}"#),
            (Replace, "a/b/1/c", r#"{"a":{"b":[1,{"c":9}]},"n":null}"#),
            (Replace, "n", r#"{"a":{"b":[1,{"c":2}]},"n":9}"#),
            (Remove, "a/b/0", r#"{"a":{"b":[{"c":2}]},"n":null}"#),
            (Remove, "a", r#"{"n":null}"#),
            (Remove, "x", "storage_not_found_error: document does not exist"),
            (Replace, "x", "storage_not_found_error: document does not exist"),
            (Add, "n/x", "storage_not_found_error: document does not exist"),
            (Add, "x/y", "storage_not_found_error: document does not exist"),
            (Replace, "a/b/2", "storage_invalid_patch_error: /a/b/2: invalid patch path"),
            (Remove, "a/b/-", "storage_invalid_patch_error: /a/b/-: invalid patch path"),
            (Add, "a/b/7", "storage_not_found_error: /a/b/7: array index out of range"),
            (Add, "a/b/x", "storage_not_found_error: /a/b/x: array index must be integer"),
            (Add, "a/b/x/y", "storage_not_found_error: /a/b/x/y: array index must be integer"),
            (Remove, "", "storage_invalid_patch_error: root cannot be removed"),
            (Add, "", "storage_invalid_patch_error: root must be object"),
        ] {
            assert_eq!(after(operation, at, "9"), expected, "{operation:?} {at}");
        }
    }

    #[test]
    fn objects_are_made_on_the_way_unless_something_else_is_there() {
        let data = value(r#"{"a":{"b":1}}"#);
        assert_eq!(with_objects(&data, &path("a/x/y")).unwrap().to_json(), r#"{"a":{"b":1,"x":{"y":{}}}}"#);
        assert_eq!(with_objects(&data, &[]).unwrap(), data);
        let error = with_objects(&data, &path("a/b/c")).unwrap_err();
        assert_eq!(error.to_string(), "storage_write_conflict_error: /a/b");
    }
}
