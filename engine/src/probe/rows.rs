//! Rows of base documents: what each of them decides, told by what is different without it.

use std::collections::{BTreeMap, BTreeSet};

use super::corpus::Corpus;
use super::decision::Verdict;
use super::model::{Pattern, Segment};
use super::place::{self, Place, Root};
use super::pool::{MAX_DEPTH, Pools, is_scalar, pattern_of};
use super::subject::Subject;
use crate::value::Value;

/// A row that a finding depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// Where it stands, as in `data.routes[3]`.
    pub place: String,
    /// The places that it is one of, as in `data.routes[*]`.
    pub table: String,
    /// What it says, or what it is called.
    pub name: Value,
}

/// What rows of the loaded data decide of a corpus.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Those that matter, each with the data that lacks it.
    known: Vec<(Row, Value)>,
    /// For each entry that is allowed the rows without which it is not.
    through: BTreeMap<usize, Vec<usize>>,
    /// Rows without which nobody more is let in, of tables that keep people out.
    pub(super) idle: Vec<Row>,
}

impl Rows {
    /// Decides on the corpus again without each row in turn.
    pub(super) fn of(subject: &Subject, pools: &Pools, corpus: &Corpus, is_over: &dyn Fn() -> bool) -> Self {
        let loaded = subject.policy.data();
        let places = places(pools, loaded);
        let entries = corpus.entries.iter().enumerate().filter(|(_, entry)| entry.case.data == *loaded);
        let entries: Vec<_> = entries.take(MAX_ENTRIES).collect();
        let mut rows = Self::default();
        let mut let_in: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut keeping_out: BTreeMap<String, bool> = BTreeMap::new();
        let mut quiet: Vec<(Vec<Value>, Row)> = Vec::new();
        let mut known: Vec<Vec<Value>> = Vec::new();
        for steps in places {
            if is_over() {
                break;
            }
            let Some(without) = place::without(loaded, &steps) else { continue };
            let mut judge = subject.judge(&without);
            let row = row(loaded, &steps);
            let mut matters = false;
            for (at, entry) in &entries {
                let verdict = judge.ask(entry.case.input.as_ref());
                let changed = (verdict == Verdict::Allow) != (entry.verdict == Verdict::Allow);
                matters |= changed;
                if changed && entry.verdict == Verdict::Allow {
                    let_in.entry(*at).or_default().push(rows.known.len());
                }
            }
            if matters {
                known.push(steps);
                rows.known.push((row, without));
            } else if !quiet.iter().any(|(outer, _)| steps.starts_with(outer)) {
                quiet.push((steps, row));
            }
        }
        // Of a row and what is in it, the smallest part says most.
        let is_outer = |outer: &usize, all: &[usize]| {
            let inside = |inner: &usize| {
                inner != outer
                    && match (known.get(*inner), known.get(*outer)) {
                        (Some(inner), Some(outer)) => inner.starts_with(outer),
                        _ => false,
                    }
            };
            all.iter().any(inside)
        };
        rows.through = let_in
            .into_iter()
            .map(|(at, all)| (at, all.iter().filter(|row| !is_outer(row, &all)).copied().collect()))
            .collect();
        let allowed: Vec<&Value> = entries
            .iter()
            .filter(|(_, entry)| entry.verdict == Verdict::Allow)
            .filter_map(|(_, entry)| entry.case.input.as_ref())
            .take(MAX_ASKED)
            .collect();
        for (steps, row) in quiet {
            let keeps_out =
                *keeping_out.entry(row.table.clone()).or_insert_with(|| keeps_out(subject, &steps, &allowed));
            if keeps_out && !is_missed(subject, &steps, &allowed) {
                rows.idle.push(row);
            }
        }
        rows
    }

    /// The rows that let an entry of the corpus in, each with the data that lacks it.
    pub(super) fn through(&self, entry: usize) -> impl Iterator<Item = &(Row, Value)> {
        self.through.get(&entry).into_iter().flatten().filter_map(|row| self.known.get(*row))
    }
}

/// Whether somebody is let in without a row who is not with it: one of the allowed inputs with a value of the row in a text's place.
fn is_missed(subject: &Subject, row: &[Value], allowed: &[&Value]) -> bool {
    let loaded = subject.policy.data();
    let (Some(value), Some(without)) = (place::at(loaded, row), place::without(loaded, row)) else {
        return false;
    };
    let inside = place::places(value, MAX_DEPTH).into_iter().map(|(_, value)| value);
    let values: Vec<&Value> = std::iter::once(value)
        .chain(inside)
        .filter(|value| value.as_str().is_some())
        .take(MAX_TEXTS)
        .collect();
    let (mut with, mut without) = (subject.judge(loaded), subject.judge(&without));
    let mut differs = |input: Option<Value>| {
        without.ask(input.as_ref()) == Verdict::Allow && with.ask(input.as_ref()) != Verdict::Allow
    };
    allowed.iter().any(|input| {
        let places =
            place::places(input, MAX_DEPTH).into_iter().filter(|(_, value)| value.as_str().is_some());
        places.take(MAX_TEXTS).any(|(steps, _)| {
            values.iter().any(|value| differs(place::put(Some(input), &steps, (*value).clone())))
        })
    })
}

/// Whether a list keeps people out: one of the inputs that are allowed is denied once a text of it is in the list too.
fn keeps_out(subject: &Subject, row: &[Value], allowed: &[&Value]) -> bool {
    let loaded = subject.policy.data();
    let Some((_, list)) = row.split_last() else { return false };
    let Some(array) = place::at(loaded, list).and_then(Value::as_array) else { return false };
    let texts = |input: &'_ Value| -> Vec<Value> {
        let places = place::places(input, MAX_DEPTH).into_iter();
        places
            .map(|(_, value)| value)
            .filter(|value| value.as_str().is_some())
            .take(MAX_TEXTS)
            .cloned()
            .collect()
    };
    allowed.iter().any(|input| {
        texts(input).into_iter().any(|text| {
            let more = Value::Array(array.iter().cloned().chain([text]).collect());
            let data = place::put(Some(loaded), list, more);
            data.is_some_and(|data| subject.judge(&data).ask(Some(input)) == Verdict::Deny)
        })
    })
}

/// The places of rows that the decision reads: what stands where it goes through a collection; outer ones first.
fn places(pools: &Pools, data: &Value) -> Vec<Vec<Value>> {
    let mut found = BTreeSet::new();
    for pattern in &pools.model.data {
        for (at, segment) in pattern.steps.iter().enumerate() {
            if *segment == Segment::Each {
                let steps = pattern.steps.iter().take(at + 1).cloned().collect();
                let table = Pattern { root: Root::Data, steps };
                found.extend(super::probes::row::places_of(&table, data));
            }
        }
        // A list that is read as a whole has rows too.
        for steps in super::probes::row::places_of(pattern, data) {
            let Some(array) = place::at(data, &steps).and_then(Value::as_array) else { continue };
            let elements = (0_u64..).zip(array.iter()).take(MAX_ELEMENTS);
            found.extend(
                elements
                    .map(|(index, _)| steps.iter().cloned().chain([Value::from(index)]).collect::<Vec<_>>()),
            );
        }
    }
    let mut found: Vec<Vec<Value>> = found.into_iter().collect();
    found.sort_by_key(Vec::len);
    found.truncate(MAX_ROWS);
    found
}

fn row(data: &Value, steps: &[Value]) -> Row {
    let (key, above) = steps.split_last().map_or((&Value::Null, steps), |(key, above)| (key, above));
    let mut table = pattern_of(Root::Data, data, above);
    table.steps.push(Segment::Each);
    let name = place::at(data, steps).map_or_else(|| key.clone(), |value| name(key, value));
    Row { place: Place::data(steps.to_vec()).to_string(), table: table.to_string(), name }
}

/// What a row is called: what it says if that is one value, its key in an object, its `id` or `name`, or the first text in it.
fn name(key: &Value, value: &Value) -> Value {
    if is_scalar(value) {
        return value.clone();
    }
    if key.as_str().is_some() {
        return key.clone();
    }
    let own = value.as_object().and_then(|object| object.get_str("id").or_else(|| object.get_str("name")));
    let first = || {
        let places = place::places(value, MAX_DEPTH).into_iter();
        places.map(|(_, value)| value).find(|value| value.as_str().is_some()).cloned()
    };
    own.filter(|own| is_scalar(own)).cloned().or_else(first).unwrap_or_else(|| key.clone())
}

/// How many rows are left out in turn, of each list how many, and how many inputs are decided on again for each.
const MAX_ROWS: usize = 200;
const MAX_ELEMENTS: usize = 48;
const MAX_ENTRIES: usize = 600;

/// How many inputs and texts of each are tried in a list.
const MAX_ASKED: usize = 8;
const MAX_TEXTS: usize = 12;
