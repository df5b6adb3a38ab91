//! OPA's order of terms, in which the elements of sets and the keys of objects are shown.

use std::cmp::Ordering;

use crate::value::Value;

/// Compares two terms in their JSON form, wherever they stand.
pub(super) fn compare(left: &Value, right: &Value) -> Ordering {
    let kind = |term: &Value| field(term, "type").and_then(Value::as_str).map_or(0, rank);
    let by_kind = kind(left).cmp(&kind(right));
    by_kind.then_with(|| match (field(left, "value"), field(right, "value")) {
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            let pairs = left.iter().zip(right);
            let differing = pairs.map(|(left, right)| compare_items(left, right)).find(|order| order.is_ne());
            differing.unwrap_or_else(|| left.len().cmp(&right.len()))
        }
        (Some(left @ Value::Object(_)), Some(right @ Value::Object(_))) => {
            compare_comprehensions(left, right)
        }
        (left, right) => left.cmp(&right),
    })
}

/// What is collected comes before the body.
fn compare_comprehensions(left: &Value, right: &Value) -> Ordering {
    let by_heads =
        ["key", "value", "term"].into_iter().map(|name| match (field(left, name), field(right, name)) {
            (Some(left), Some(right)) => compare(left, right),
            (left, right) => left.cmp(&right),
        });
    by_heads.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| left.cmp(right))
}

/// An item is a term, or a key and a value.
fn compare_items(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            let pairs = left.iter().zip(right);
            pairs
                .map(|(left, right)| compare(left, right))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        }
        _ => compare(left, right),
    }
}

fn field<'a>(term: &'a Value, name: &str) -> Option<&'a Value> {
    term.as_object().and_then(|term| term.get_str(name))
}

fn rank(kind: &str) -> u8 {
    let kinds = [
        "null",
        "boolean",
        "number",
        "string",
        "templatestring",
        "var",
        "ref",
        "array",
        "object",
        "set",
        "arraycomprehension",
        "objectcomprehension",
        "setcomprehension",
        "call",
    ];
    kinds.iter().zip(1..).find(|(name, _)| **name == kind).map_or(u8::MAX, |(_, rank)| rank)
}
