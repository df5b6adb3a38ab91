//! R3: what somebody says of themselves counts.

use std::collections::BTreeSet;

use super::{Ask, Probe, Severity};
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::edit::Edit;
use crate::probe::model::{Pattern, Segment};
use crate::probe::place::{self, Place, Root};
use crate::probe::pool::{MAX_DEPTH, pattern_of};
use crate::probe::text;
use crate::value::Value;

pub(super) static PROBE: Probe = Probe {
    id: "R3",
    name: "claim",
    severity: Severity::Review,
    summary: "A field that nobody verifies lets somebody in: one that is added, or two that agree on nothing.",
    why: "The caller writes the input, or a part of it. A field that is compared with another one of the same caller proves nothing, and \
          two that are both missing or both null are equal.",
    instead: "Take it from what was verified, such as the identity itself; require that it is a text.",
    run,
};

fn run(ask: &mut Ask<'_, '_>, entry: &Entry) {
    let Some(input) = &entry.case.input else { return };
    if matches!(entry.verdict, Verdict::Error(_)) {
        return;
    }
    agreements(ask, entry, input);
    if entry.verdict == Verdict::Deny && entry.edits.is_empty() {
        additions(ask, entry, input);
    }
}

/// Two paths that are compared with each other have the same value, which says nothing.
fn agreements(ask: &mut Ask<'_, '_>, entry: &Entry, input: &Value) {
    let pairs: BTreeSet<[Pattern; 2]> = ask
        .pools
        .model
        .inputs
        .iter()
        .flat_map(|(left, reading)| {
            let right = reading.joins.iter().filter(|join| join.root == Root::Input);
            right.map(|right| {
                let mut both = [left.clone(), right.clone()];
                both.sort();
                both
            })
        })
        .collect();
    for both in pairs {
        let places: Vec<Place> =
            both.iter().flat_map(|pattern| places_of(pattern, input)).map(Place::input).collect();
        if places.len() < 2 {
            continue;
        }
        let missing = places.iter().cloned().map(Edit::Drop).collect();
        let put =
            |value: &Value| places.iter().map(|place| Edit::Put(place.clone(), value.clone())).collect();
        let tried: [(Vec<Edit>, _); 4] = [
            (missing, "both missing"),
            (put(&Value::Null), "both null"),
            (put(&Value::from("")), "both empty"),
            (put(&Value::from("zz9")), "both junk"),
        ];
        for (edits, detail) in tried {
            ask.expect_denied(entry, Edit::Several(edits), entry.verdict, detail);
        }
    }
}

/// The places of an input that a pattern is about; where there is none, the one that could be made.
fn places_of(pattern: &Pattern, input: &Value) -> Vec<Vec<Value>> {
    let places = place::places(input, MAX_DEPTH).into_iter().map(|(steps, _)| steps);
    let found: Vec<Vec<Value>> = places.filter(|steps| pattern.matches(steps)).take(MAX_ELEMENTS).collect();
    if !found.is_empty() || pattern.steps.contains(&Segment::Each) {
        return found;
    }
    pattern.first_place().into_iter().collect()
}

/// A field that no seed has, with a value that the policy compares it with.
fn additions(ask: &mut Ask<'_, '_>, entry: &Entry, input: &Value) {
    for (pattern, reading) in &ask.pools.model.inputs {
        let Some(steps) = pattern.first_place() else { continue };
        let is_known =
            ask.pools.is_seen(pattern) || ask.pools.is_seen(&pattern_of(Root::Input, input, &steps));
        if is_known || place::at(input, &steps).is_some() {
            continue;
        }
        let mut values = ask.pools.likely(input, &entry.case.data, &steps);
        values.extend([Value::Bool(true), Value::from(1_i64), Value::from("zz9")]);
        if reading.types.contains("number") || !reading.bounds.is_empty() {
            values.insert(Value::from(1_000_000_000_i64));
        }
        for text in place::places(input, MAX_COPIED_DEPTH).into_iter().filter_map(|(_, value)| value.as_str())
        {
            values.insert(Value::from(text));
            values.extend(text::tokens(text).into_iter().map(Value::from));
        }
        values.extend(ask.pools.seen_words().into_iter().map(Value::from));
        for value in values {
            if ask.expect_denied(entry, Edit::Put(Place::input(steps.clone()), value), Verdict::Deny, "added")
            {
                break;
            }
        }
    }
}

/// How many elements of an array are changed together, and how deep values lie that are tried elsewhere.
const MAX_ELEMENTS: usize = 8;
const MAX_COPIED_DEPTH: usize = 3;
