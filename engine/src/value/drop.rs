//! Dropping values without recursion, so that deep nesting can't exhaust the stack.

use super::Value;

/// Drops the values and all that only they hold.
pub(super) fn drop_all(values: impl IntoIterator<Item = Value>) {
    let mut pending: Vec<Value> = values.into_iter().filter(Value::is_container).collect();
    while let Some(value) = pending.pop() {
        // What is taken out here leaves an empty container behind, whose own drop ends at once.
        match value {
            Value::Array(array) => {
                pending.extend(array.into_owned_values().into_iter().flatten().filter(Value::is_container));
            }
            Value::Object(object) => {
                pending.extend(object.into_owned_values().into_iter().flatten().filter(Value::is_container));
            }
            Value::Set(set) => {
                pending.extend(set.into_owned_values().into_iter().flatten().filter(Value::is_container));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}
