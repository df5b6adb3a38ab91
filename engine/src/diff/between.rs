//! Inputs by their places: what is at each, and which edits lead from one input to another.

use crate::probe::edit::Edit;
use crate::probe::place::{self, Place};
use crate::probe::pool::{MAX_DEPTH, is_scalar};
use crate::value::Value;

/// Edits that lead from one input to another, as few as objects allow.
pub(super) fn between(from: Option<&Value>, to: Option<&Value>) -> Vec<Edit> {
    let (Some(from), Some(to)) = (from, to) else { return vec![Edit::Whole(to.cloned())] };
    let mut edits = Vec::new();
    compare(&mut Vec::new(), from, to, &mut edits);
    edits
}

fn compare(steps: &mut Vec<Value>, from: &Value, to: &Value, edits: &mut Vec<Edit>) {
    if from == to {
        return;
    }
    match (from, to) {
        (Value::Object(before), Value::Object(after)) if steps.len() < MAX_DEPTH => {
            for key in before.keys().filter(|key| after.get(key).is_none()) {
                steps.push(key.clone());
                edits.push(Edit::Drop(Place::input(steps.clone())));
                steps.pop();
            }
            for (key, value) in after {
                steps.push(key.clone());
                match before.get(key) {
                    Some(known) => compare(steps, known, value, edits),
                    None => edits.push(Edit::Put(Place::input(steps.clone()), value.clone())),
                }
                steps.pop();
            }
        }
        _ if steps.is_empty() => edits.push(Edit::Whole(Some(to.clone()))),
        _ => edits.push(Edit::Put(Place::input(steps.clone()), to.clone())),
    }
}

/// The places of an input that have no members, each with its value.
pub(super) fn leaves(input: &Value) -> Vec<(Vec<Value>, Value)> {
    let places = place::places(input, MAX_DEPTH).into_iter();
    places.filter(|(_, value)| is_scalar(value)).map(|(steps, value)| (steps, value.clone())).collect()
}
