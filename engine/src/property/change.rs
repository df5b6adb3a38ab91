//! Changes of a case whose decision is compared with the one before.

use std::collections::BTreeSet;

use super::Condition;
use super::court::{Court, Variables};
use crate::policy::EvalError;
use crate::probe::edit::{Case, Edit};
use crate::probe::model::{Pattern, Segment};
use crate::probe::place::{self, Place, Root};
use crate::probe::pool::{MAX_DEPTH, is_scalar};
use crate::probe::text;
use crate::value::{Array, Object, Value};

/// A change.
#[derive(Debug, Clone)]
pub enum Change {
    /// One element of a collection goes: any, or those for which a condition on `item` holds.
    Remove(Pattern, Option<Condition>),
    /// A collection has one element more: what a term comes to, or elements like those that it has.
    Add(Pattern, Option<Condition>),
    /// What is at a place goes.
    Drop(Pattern),
    /// Terms give other values.
    Set(Vec<(Place, Condition)>),
    /// The elements of an array come in another order.
    Reorder(Pattern),
    /// An object has a member that nothing knows.
    UnknownField(Pattern),
}

/// How the decision after a change may differ from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Not at all.
    Same,
    /// What was not allowed is not allowed.
    NoNewAllow,
    /// What was allowed is allowed.
    NoNewDeny,
}

impl Change {
    /// The edits that make it of a case, a number of them at most.
    ///
    /// # Errors
    /// When a condition or a term has no answer.
    pub(super) fn edits(
        &self,
        court: &mut Court<'_>,
        case: &Case,
        variables: &Variables,
    ) -> Result<Vec<Edit>, EvalError> {
        let mut edits = Vec::new();
        match self {
            Self::Remove(pattern, condition) => {
                for at in places(pattern, case) {
                    for (step, item) in members(&at, case) {
                        let goes = match condition {
                            None => true,
                            Some(condition) => {
                                court.holds(condition, case, &Some(with_item(variables, item.clone())))?
                            }
                        };
                        if goes && edits.len() < MAX_EDITS {
                            edits.push(without_member(&at, step, &item, case));
                        }
                    }
                }
            }
            Self::Add(pattern, Some(term)) => {
                if let Some(item) = court.value(term, case, variables)? {
                    edits.extend(places(pattern, case).iter().filter_map(|at| with_member(at, &item, case)));
                }
            }
            Self::Add(pattern, None) => {
                for at in places(pattern, case) {
                    let more = likely_members(&at, case);
                    edits.extend(more.iter().filter_map(|item| with_member(&at, item, case)));
                }
            }
            Self::Drop(pattern) => edits.extend(places(pattern, case).into_iter().map(Edit::Drop)),
            Self::Set(terms) => {
                let mut several = Vec::new();
                for (at, term) in terms {
                    match court.value(term, case, variables)? {
                        Some(value) => several.push(Edit::Put(at.clone(), value)),
                        None => return Ok(Vec::new()),
                    }
                }
                // What is there already is no change, and none of several that make one.
                several.retain(|edit| edit.apply(case).is_some());
                edits.extend((!several.is_empty()).then_some(Edit::Several(several)));
            }
            Self::Reorder(pattern) => {
                for at in places(pattern, case) {
                    if let Some(Value::Array(array)) = value_at(&at, case) {
                        let turned: Array = array.iter().rev().cloned().collect();
                        let rotated: Array = array.iter().skip(1).chain(array.get(0)).cloned().collect();
                        edits.push(Edit::Put(at.clone(), Value::Array(turned)));
                        edits.push(Edit::Put(at, Value::Array(rotated)));
                    }
                }
            }
            Self::UnknownField(pattern) => {
                for at in places(pattern, case) {
                    if value_at(&at, case).and_then(Value::as_object).is_some() {
                        let unknown = at.child(Value::from(UNKNOWN));
                        edits.push(Edit::Put(unknown, Value::from("zz9")));
                    }
                }
            }
        }
        edits.truncate(MAX_EDITS);
        Ok(edits)
    }

    /// As somebody would say it.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Remove(pattern, None) => format!("without an element of {pattern}"),
            Self::Remove(pattern, Some(condition)) => {
                format!("without an element of {pattern} for which `{}` holds", condition.says)
            }
            Self::Add(pattern, None) => format!("with one element more in {pattern}"),
            Self::Add(pattern, Some(term)) => format!("with `{}` added to {pattern}", term.says),
            Self::Drop(pattern) => format!("without {pattern}"),
            Self::Set(terms) => {
                let each = terms.iter().map(|(at, term)| format!("{at} := {}", term.says));
                format!("with {}", each.collect::<Vec<_>>().join(", "))
            }
            Self::Reorder(pattern) => format!("with another order of {pattern}"),
            Self::UnknownField(pattern) => format!("with an unknown field in {pattern}"),
        }
    }
}

/// The places of a case that a pattern is about.
pub(super) fn places(pattern: &Pattern, case: &Case) -> Vec<Place> {
    let document = match pattern.root {
        Root::Input => case.input.as_ref(),
        Root::Data => Some(&case.data),
    };
    let Some(document) = document else { return Vec::new() };
    let mut open: Vec<(Vec<Value>, &Value)> = vec![(Vec::new(), document)];
    for segment in &pattern.steps {
        let mut below = Vec::new();
        for (steps, value) in open {
            let mut go = |step: &Value, value| {
                let mut steps = steps.clone();
                steps.push(step.clone());
                below.push((steps, value));
            };
            match (segment, value) {
                (Segment::Key(key), _) => {
                    if let Some(found) = place::at(value, std::slice::from_ref(key)) {
                        go(key, found);
                    }
                }
                (Segment::Each, Value::Object(object)) => {
                    object.iter().take(MAX_PLACES).for_each(|(key, value)| go(key, value));
                }
                (Segment::Each, Value::Array(array)) => {
                    let elements = (0_u64..).zip(array.iter()).take(MAX_PLACES);
                    elements.for_each(|(at, value)| go(&Value::from(at), value));
                }
                (Segment::Each | Segment::Keys, _) => {}
            }
        }
        below.truncate(MAX_PLACES);
        open = below;
    }
    open.into_iter().map(|(steps, _)| Place { root: pattern.root, steps }).collect()
}

/// Edits of a base document: it is missing, empty, lacks an element, has one more, or one of its rows another value.
pub(super) fn of_document(steps: &[Value], case: &Case) -> Vec<Edit> {
    let at = Place::data(steps.to_vec());
    let mut edits = vec![Edit::Drop(at.clone())];
    match value_at(&at, case) {
        Some(Value::Array(_)) => edits.push(Edit::Put(at.clone(), Value::Array(Array::new()))),
        Some(Value::Object(_)) => edits.push(Edit::Put(at.clone(), Value::Object(Object::new()))),
        Some(_) | None => {}
    }
    for (step, item) in members(&at, case).into_iter().take(MAX_ROWS) {
        edits.push(without_member(&at, step.clone(), &item, case));
        if let Value::Object(row) = &item {
            let fields = row.keys().map(|key| Edit::Drop(at.child(step.clone()).child(key.clone())));
            edits.extend(fields);
        }
    }
    edits.extend(likely_members(&at, case).iter().filter_map(|item| with_member(&at, item, case)));
    edits
}

/// The values of a variable with `item` beside them.
fn with_item(variables: &Variables, item: Value) -> Value {
    let mut bound = variables.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    bound.insert(Value::from(ITEM), item);
    Value::Object(bound)
}

fn value_at<'c>(at: &Place, case: &'c Case) -> Option<&'c Value> {
    match at.root {
        Root::Input => place::at(case.input.as_ref()?, &at.steps),
        Root::Data => place::at(&case.data, &at.steps),
    }
}

fn members(at: &Place, case: &Case) -> Vec<(Value, Value)> {
    match value_at(at, case) {
        Some(Value::Array(array)) => (0_u64..).map(Value::from).zip(array.iter().cloned()).collect(),
        Some(Value::Object(object)) => {
            object.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
        }
        Some(Value::Set(set)) => set.iter().map(|item| (item.clone(), item.clone())).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => Vec::new(),
    }
}

fn without_member(at: &Place, step: Value, item: &Value, case: &Case) -> Edit {
    // A set has no places inside: it is replaced by one that is smaller.
    if let Some(Value::Set(set)) = value_at(at, case) {
        let mut smaller = set.clone();
        smaller.remove(item);
        return Edit::Put(at.clone(), Value::Set(smaller));
    }
    Edit::Drop(at.child(step))
}

fn with_member(at: &Place, item: &Value, case: &Case) -> Option<Edit> {
    let longer = match value_at(at, case)? {
        Value::Array(array) => {
            let mut longer = array.clone();
            longer.push(item.clone());
            Value::Array(longer)
        }
        Value::Set(set) => {
            let mut longer = set.clone();
            longer.insert(item.clone());
            Value::Set(longer)
        }
        Value::Object(object) => {
            let mut longer = object.clone();
            longer.insert(Value::from("zz9"), item.clone());
            Value::Object(longer)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    };
    Some(Edit::Put(at.clone(), longer))
}

/// Elements that a collection might have: like those that it has, about what the input is about.
fn likely_members(at: &Place, case: &Case) -> Vec<Value> {
    let texts: BTreeSet<Value> = case.input.as_ref().map_or_else(BTreeSet::new, |input| {
        let places = place::places(input, MAX_DEPTH).into_iter();
        places.filter(|(_, value)| value.as_str().is_some()).map(|(_, value)| value.clone()).collect()
    });
    let texts: Vec<Value> = texts.into_iter().take(MAX_TEXTS).collect();
    let mut likely: Vec<Value> = Vec::new();
    let known = members(at, case);
    if known.iter().all(|(_, item)| is_scalar(item)) {
        likely.extend(texts.iter().cloned());
        let fresh = known.iter().find_map(|(_, item)| item.as_str()).map(text::fresh);
        likely.extend(fresh.map(Value::from));
    }
    for row in known.iter().filter_map(|(_, item)| item.as_object()).take(MAX_ROWS) {
        let columns: Vec<Value> =
            row.iter().filter(|(_, value)| value.as_str().is_some()).map(|(key, _)| key.clone()).collect();
        for key in columns.into_iter().take(MAX_COLUMNS) {
            for value in &texts {
                let mut other = row.clone();
                other.insert(key.clone(), value.clone());
                likely.push(Value::Object(other));
            }
        }
    }
    likely
}

/// What an element is called in conditions.
pub(super) const ITEM: &str = "item";

const UNKNOWN: &str = "zz9_unknown";
const MAX_EDITS: usize = 64;
const MAX_PLACES: usize = 64;
const MAX_ROWS: usize = 16;
const MAX_COLUMNS: usize = 4;
const MAX_TEXTS: usize = 8;
