//! Base documents that are other ones: they have what inputs say, or lack what they had. Each change is made for all inputs that came
//! over the same documents, one after the other, so that the changed ones are indexed once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::asker::Goal;
use super::goal::{present, read_documents};
use super::search::Node;
use crate::probe::edit::Edit;
use crate::probe::place::{self, Place};
use crate::probe::pool::is_scalar;
use crate::value::{Array, Value};

/// Those of the starts that came over the same documents, the largest groups first.
pub(super) fn worlds(starts: &[Node]) -> Vec<Vec<Node>> {
    let mut groups: BTreeMap<(&Value, &Value), Vec<Node>> = BTreeMap::new();
    for node in starts {
        let group = groups.entry((&node.pair.old.data, &node.pair.new.data)).or_default();
        if group.len() < MAX_INPUTS {
            group.push(node.clone());
        }
    }
    let mut groups: Vec<Vec<Node>> = groups.into_values().collect();
    groups.sort_by_key(|group| Reverse(group.len()));
    groups.truncate(MAX_WORLDS);
    groups
}

/// What is done with the documents of a group.
pub(super) fn edits(goal: &Goal<'_>, group: &[Node]) -> Vec<Vec<Edit>> {
    let Some(first) = group.first() else { return Vec::new() };
    let documents = read_documents(goal);
    let mut around = BTreeSet::new();
    for steps in &documents {
        around.extend((1..=steps.len().min(MAX_DEPTH)).filter_map(|length| steps.get(..length)));
    }
    let mut all: Vec<Vec<Edit>> =
        around.into_iter().map(|steps| vec![Edit::Drop(Place::data(steps.to_vec()))]).collect();
    let mut texts: BTreeMap<Value, Vec<Value>> = BTreeMap::new();
    for input in group.iter().filter_map(|node| node.pair.new.input.as_ref()) {
        for (steps, value) in present(goal, input) {
            let is_text = value.as_str().is_some_and(|text| text.len() <= MAX_TEXT);
            if is_text && texts.len() < MAX_TEXTS {
                texts.entry(value).or_insert(steps);
            }
        }
    }
    for steps in &documents {
        let document = place::at(&first.pair.new.data, steps);
        let Some(document) = document.or_else(|| place::at(&first.pair.old.data, steps)) else { continue };
        all.extend(of_document(steps, document, &texts));
    }
    all
}

/// A document with what the inputs have, without rows, and with rows that lack what they had.
fn of_document(steps: &[Value], document: &Value, texts: &BTreeMap<Value, Vec<Value>>) -> Vec<Vec<Edit>> {
    let at = |more: &[&Value]| Place::data(steps.iter().chain(more.iter().copied()).cloned().collect());
    let mut edits = Vec::new();
    let rows: Vec<(Value, &Value)> = match document {
        Value::Array(array) => {
            if array.iter().all(is_scalar) {
                let with = |value: &Value| array.iter().cloned().chain([value.clone()]).collect::<Vec<_>>();
                let fresh = texts.keys().filter(|text| !array.as_slice().contains(text));
                edits.extend(
                    fresh.map(|text| vec![Edit::Put(at(&[]), Value::Array(Array::from(with(text))))]),
                );
            }
            (0_u64..).map(Value::from).zip(array.iter()).collect()
        }
        Value::Object(object) => {
            if let Some(first) = object.values().next() {
                let fresh = texts.keys().filter(|text| object.get(text).is_none());
                edits.extend(fresh.map(|text| vec![Edit::Put(at(&[text]), first.clone())]));
            }
            object.iter().map(|(key, row)| (key.clone(), row)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => Vec::new(),
    };
    for (key, row) in rows.iter().take(MAX_ROWS) {
        edits.push(vec![Edit::Drop(at(&[key]))]);
        let Some(row) = row.as_object() else { continue };
        for (column, value) in row.iter().take(MAX_COLUMNS) {
            let place = at(&[key, column]);
            edits.push(vec![Edit::Drop(place.clone())]);
            if value.as_array().is_some_and(|array| !array.is_empty()) {
                edits.push(vec![Edit::Put(place.clone(), Value::Array(Array::new()))]);
            }
            // A row that names what an input says, and both say more.
            if let (Some(text), Some(said)) = (value.as_str(), texts.get(value)) {
                let longer = Value::from(format!("{text}/zz"));
                edits.push(vec![
                    Edit::Put(Place::input(said.clone()), longer.clone()),
                    Edit::Put(place, longer),
                ]);
            }
        }
    }
    edits
}

/// How many groups are looked at, how many inputs of each, and how many texts are taken of them and how long they may be.
const MAX_WORLDS: usize = 12;
const MAX_INPUTS: usize = 32;
const MAX_TEXTS: usize = 32;
const MAX_TEXT: usize = 120;

/// How deep documents are left out, and how many rows and columns are changed.
const MAX_DEPTH: usize = 4;
const MAX_ROWS: usize = 8;
const MAX_COLUMNS: usize = 8;
