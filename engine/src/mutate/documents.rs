//! Cases with base documents that are a little different: what the sweep of the input leaves as it is.

use std::collections::BTreeSet;

use crate::probe::edit::{Case, Edit};
use crate::probe::model::Model;
use crate::probe::place::{self, Place};
use crate::probe::sweep::wrong_types;
use crate::value::{Array, Value};

/// The edits of the documents that the policy reads, and of texts of the input that get shorter; each list is one variant.
pub(super) fn variants(case: &Case, model: &Model) -> Vec<Vec<Edit>> {
    let mut found = BTreeSet::new();
    let mut add = |edit: Edit| {
        if found.len() < MAX_VARIANTS {
            found.insert(edit);
        }
    };
    let texts: Vec<&Value> = case
        .input
        .iter()
        .flat_map(|input| place::places(input, INPUT_DEPTH))
        .map(|(_, value)| value)
        .filter(|value| value.as_str().is_some())
        .take(MAX_TEXTS)
        .collect();
    for (steps, value) in case.input.iter().flat_map(|input| place::places(input, INPUT_DEPTH)) {
        for shorter in shortened(value) {
            add(Edit::Put(Place::input(steps.clone()), shorter));
        }
    }
    for steps in model.documents() {
        let Some(document) = place::at(&case.data, &steps) else { continue };
        let at = |below: &[Value]| Place::data(steps.iter().chain(below).cloned().collect());
        add(Edit::Drop(at(&[])));
        for wrong in wrong_types() {
            add(Edit::Put(at(&[]), wrong));
        }
        for list in lists(document, &texts) {
            add(Edit::Put(at(&[]), list));
        }
        for (below, value) in place::places(document, DATA_DEPTH).into_iter().take(MAX_PLACES) {
            add(Edit::Drop(at(&below)));
            for text in &texts {
                add(Edit::Put(at(&below), (*text).clone()));
            }
            for other in shortened(value).into_iter().chain(opposite(value)) {
                add(Edit::Put(at(&below), other));
            }
            for list in lists(value, &texts) {
                add(Edit::Put(at(&below), list));
            }
        }
    }
    found.into_iter().map(|edit| vec![edit]).collect()
}

/// A text without its first or last character, or with one more.
fn shortened(value: &Value) -> Vec<Value> {
    let Some(text) = value.as_str() else { return Vec::new() };
    let mut characters = text.chars();
    characters.next();
    let without_first = characters.as_str().to_owned();
    let mut characters = text.chars();
    characters.next_back();
    let without_last = characters.as_str().to_owned();
    vec![Value::from(without_first), Value::from(without_last), Value::from(format!("{text}x"))]
}

/// Another value of the same type.
fn opposite(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(value) => vec![Value::Bool(!value)],
        Value::Number(_) => [0_i64, 1, 1_000_000].map(Value::from).to_vec(),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) | Value::Set(_) => Vec::new(),
    }
}

/// Lists with some elements more or less.
fn lists(value: &Value, texts: &[&Value]) -> Vec<Value> {
    let Some(array) = value.as_array() else { return Vec::new() };
    let elements: Vec<Value> = array.iter().take(MAX_ELEMENTS).cloned().collect();
    let with = |more: &Value| elements.iter().cloned().chain([more.clone()]).collect::<Vec<_>>();
    let mut lists = vec![Vec::new()];
    lists.extend(elements.iter().map(with));
    lists.extend(texts.iter().map(|text| with(text)));
    lists.push(with(&Value::from("zz")));
    lists.push(with(&Value::Null));
    lists.into_iter().map(|list| Value::Array(Array::from(list))).collect()
}

const INPUT_DEPTH: usize = 4;
const DATA_DEPTH: usize = 5;
const MAX_TEXTS: usize = 8;
const MAX_PLACES: usize = 120;
const MAX_ELEMENTS: usize = 8;
/// How many variants one case has at most.
const MAX_VARIANTS: usize = 3_000;
