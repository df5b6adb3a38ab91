//! Edits that are built of what changed: each place of the input as the clauses want it that only one version has, all of their places
//! at once, two places that agree, elements that differ in one thing, and tokens that claim something else.

use std::collections::BTreeSet;

use super::asker::{Goal, Pair};
use super::goal::{MAX_TEXT, forms, junk, present, put};
use crate::probe::edit::Edit;
use crate::probe::model::{Pattern, Reading};
use crate::probe::place::{self, Place, Root};
use crate::probe::pool::{MAX_DEPTH, is_scalar};
use crate::probe::text;
use crate::probe::token::Token;
use crate::value::{Array, Number, Value};

/// What is tried on a pair because of the clauses that only one version has.
pub(super) fn edits(goal: &Goal<'_>, pair: &Pair) -> Vec<Vec<Edit>> {
    let Some(input) = &pair.new.input else { return Vec::new() };
    let mut all = Vec::new();
    let wanted: Vec<(Vec<Value>, Vec<Value>)> = goal
        .novel
        .readings
        .iter()
        .filter_map(|(pattern, reading)| {
            let steps = pattern.first_place().filter(|steps| !steps.is_empty())?;
            let mut values = wanted(reading, input, pair);
            if goal.novel.only_one_reads(pattern) {
                values.extend(any());
            }
            (!values.is_empty()).then_some((steps, values))
        })
        .take(MAX_PLACES)
        .collect();
    for (steps, values) in &wanted {
        all.extend(values.iter().map(|value| vec![put(steps, value.clone())]));
    }
    let most = wanted.iter().map(|(_, values)| values.len()).max().unwrap_or_default();
    if wanted.len() > 1 {
        all.extend((0..most).map(|at| together(&wanted, at)));
    }
    for (left, right) in joins(goal) {
        all.extend(agreeing(&left, &right, input));
    }
    all.extend(elements(goal, input));
    all
}

/// The input with other claims in the tokens that a secret among the documents has signed.
pub(super) fn claims(goal: &Goal<'_>, pair: &Pair) -> Vec<Vec<Edit>> {
    let Some(input) = &pair.new.input else { return Vec::new() };
    let mut all = Vec::new();
    for (steps, value) in present(goal, input) {
        let Some(token) = value.as_str().and_then(|text| Token::opened(text, &pair.new.data)) else {
            continue;
        };
        let changed = place::places(&token.claims, MAX_DEPTH)
            .into_iter()
            .take(MAX_CLAIMS)
            .flat_map(|(steps, claim)| changed_claims(&token.claims, &steps, claim));
        let tokens: BTreeSet<String> = changed.filter_map(|claims| token.with(&claims)).collect();
        all.extend(tokens.into_iter().map(|text| vec![put(&steps, Value::from(text))]));
    }
    all
}

/// What a place has to be for something in its reading to hold.
fn wanted(reading: &Reading, input: &Value, pair: &Pair) -> Vec<Value> {
    let mut values: Vec<Value> = reading.constants.iter().cloned().collect();
    for bound in &reading.bounds {
        values.push(bound.clone());
        values.extend(beside(bound));
    }
    for test in &reading.texts {
        let pattern = &*test.pattern;
        match test.function {
            "glob.match" => values.extend(forms(pattern).into_iter().map(Value::String)),
            "startswith" => values.push(Value::from(format!("{pattern}zz9"))),
            "endswith" => values.push(Value::from(format!("zz9{pattern}"))),
            // A text that an expression matches may be one that tests have: it is tried with the others.
            "regex.match" => {}
            _ => values.push(Value::from(pattern)),
        }
    }
    for join in &reading.joins {
        let documents = match join.root {
            Root::Input => vec![input],
            Root::Data => vec![&pair.new.data, &pair.old.data],
        };
        let joined = documents.into_iter().flat_map(|document| join.values(document, MAX_JOINED));
        for value in joined.filter(|value| is_scalar(value)) {
            match value.as_str() {
                Some(text) => values.extend(forms(text).into_iter().map(Value::String)),
                None => values.push(value.clone()),
            }
        }
    }
    let mut seen = BTreeSet::new();
    values.retain(|value| seen.insert(value.clone()));
    values.truncate(MAX_VALUES);
    values
}

/// Values that say a little of everything, for a place that only one version reads.
fn any() -> [Value; 6] {
    let much = Value::from(1_000_000_000_000_i64);
    [Value::Bool(true), much, Value::from(1_i64), Value::from(0_i64), Value::from("zz9"), Value::Null]
}

/// All places at once, each with the value at this position of its own, or its last one.
fn together(wanted: &[(Vec<Value>, Vec<Value>)], at: usize) -> Vec<Edit> {
    let each = wanted.iter().filter_map(|(steps, values)| {
        let value = values.get(at).or_else(|| values.last())?;
        Some(put(steps, value.clone()))
    });
    each.collect()
}

/// The pairs of places of the input that are compared with each other: those of what changed, and a few others.
fn joins(goal: &Goal<'_>) -> Vec<(Vec<Value>, Vec<Value>)> {
    let of = |(pattern, reading): (&Pattern, &Reading)| {
        let own = pattern.first_place();
        let others = reading.joins.iter().filter(|join| join.root == Root::Input);
        let others = others.filter_map(Pattern::first_place);
        others.filter_map(|other| Some((own.clone()?, other))).collect::<Vec<_>>()
    };
    let mut seen = BTreeSet::new();
    let mut is_new = move |(left, right): &(Vec<Value>, Vec<Value>)| {
        let (first, second) = if left < right { (left, right) } else { (right, left) };
        left != right && seen.insert((first.clone(), second.clone()))
    };
    let mut all: Vec<_> =
        goal.novel.readings.iter().flat_map(of).filter(&mut is_new).take(MAX_JOINS).collect();
    all.extend(goal.pools.model.inputs.iter().flat_map(of).filter(&mut is_new).take(MAX_OTHER_JOINS));
    all
}

/// Two places with one value, there or not before: that of either of them, or one that says nothing.
fn agreeing(left: &[Value], right: &[Value], input: &Value) -> Vec<Vec<Edit>> {
    let there: Vec<&Value> = [left, right].into_iter().filter_map(|steps| place::at(input, steps)).collect();
    let mut values: BTreeSet<Value> = there.iter().map(|value| (*value).clone()).collect();
    values.extend(there.iter().flat_map(|value| junk(value)));
    values.extend([Value::Null, Value::from(""), Value::from("zz9"), Value::Bool(true)]);
    let mut all: Vec<Vec<Edit>> =
        values.into_iter().map(|value| vec![put(left, value.clone()), put(right, value)]).collect();
    let drops = [left, right].into_iter().filter(|steps| place::at(input, steps).is_some());
    let drops: Vec<Edit> = drops.map(|steps| Edit::Drop(Place::input(steps.to_vec()))).collect();
    if !drops.is_empty() {
        all.push(drops);
    }
    all
}

/// Lists of objects that what changed reads, in which an element comes twice, the second time with one thing that is another: in the place of all others, and
/// beside them.
fn elements(goal: &Goal<'_>, input: &Value) -> Vec<Vec<Edit>> {
    let mut all = Vec::new();
    for (steps, value) in place::places(input, MAX_DEPTH) {
        let Some(array) = value.as_array().filter(|_| goal.novel.reads_below(&steps)) else { continue };
        for element in array.iter().take(MAX_ELEMENTS).filter(|element| element.as_object().is_some()) {
            for twin in twins(element) {
                let both = Array::from(vec![element.clone(), twin.clone()]);
                all.push(vec![put(&steps, Value::Array(both))]);
                let more: Array = array.iter().cloned().chain([twin]).collect();
                all.push(vec![put(&steps, Value::Array(more))]);
            }
        }
    }
    all.truncate(MAX_LISTS);
    all
}

/// An object with one of its scalars a little different, for each of them.
fn twins(element: &Value) -> Vec<Value> {
    let mut twins = Vec::new();
    for (steps, value) in place::places(element, MAX_TWIN_DEPTH) {
        let others = match value {
            Value::Number(_) => beside(value),
            Value::String(text) => {
                vec![Value::from(text::fresh(text)), Value::from(text.to_uppercase()), Value::from("")]
            }
            Value::Bool(known) => vec![Value::Bool(!known)],
            Value::Null | Value::Array(_) | Value::Object(_) | Value::Set(_) => Vec::new(),
        };
        twins.extend(others.into_iter().filter_map(|other| place::put(Some(element), &steps, other)));
    }
    // What nothing reads makes two of one as well.
    twins.extend(place::put(Some(element), &[Value::from("zz9")], Value::Bool(true)));
    twins
}

/// Claims in which one is another one, or is not there.
fn changed_claims(claims: &Value, steps: &[Value], claim: &Value) -> Vec<Value> {
    let mut values = vec![Value::Null, Value::Array(Array::new()), Value::from(""), Value::from(0_i64)];
    match claim {
        Value::String(text) if text.len() <= MAX_TEXT => {
            values.push(Value::from(text::fresh(text)));
            values.extend(text::near_misses(text).into_iter().map(|(_, form)| Value::from(form)));
            let longer = text::longer_words(text).into_iter();
            let longer = longer.flat_map(|(other, longer)| longer.into_iter().chain([other]));
            values.extend(longer.map(Value::from));
        }
        Value::Number(_) => {
            values.extend(beside(claim).into_iter().chain([Value::from(1_000_000_000_000_i64)]));
        }
        Value::Bool(known) => values.push(Value::Bool(!known)),
        Value::Array(array) => {
            let first = array.iter().next().cloned().unwrap_or_else(|| Value::from("zz9"));
            values.push(Value::Array(array.iter().cloned().chain([first]).collect()));
        }
        Value::Null | Value::Object(_) | Value::Set(_) | Value::String(_) => {}
    }
    let changed = values.into_iter().filter_map(|value| place::put(Some(claims), steps, value));
    changed.chain(place::without(claims, steps)).collect()
}

/// The integers on both sides of a number.
fn beside(value: &Value) -> Vec<Value> {
    let number = value.as_number().and_then(Number::as_i64);
    let both = number.map(|number| [number.saturating_sub(1), number.saturating_add(1)].map(Value::from));
    both.into_iter().flatten().collect()
}

/// How many places are changed as what changed wants them, how many values of each are tried, and how many pairs of places.
const MAX_PLACES: usize = 12;
const MAX_VALUES: usize = 16;
const MAX_JOINED: usize = 12;
const MAX_JOINS: usize = 16;
const MAX_OTHER_JOINS: usize = 4;

/// How many elements of a list have twins, how deep these differ, and how many lists are tried.
const MAX_ELEMENTS: usize = 3;
const MAX_TWIN_DEPTH: usize = 3;
const MAX_LISTS: usize = 160;

/// How many claims of a token are changed.
const MAX_CLAIMS: usize = 16;
