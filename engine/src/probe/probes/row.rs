//! R8: rows of data that are not complete.

use std::collections::BTreeSet;

use super::{Ask, Probe, Severity};
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::edit::Edit;
use crate::probe::model::{Pattern, Segment};
use crate::probe::place::{self, Place, Root};
use crate::probe::pool::Pools;
use crate::value::{Array, Value};

pub(super) static PROBE: Probe = Probe {
    id: "R8",
    name: "incomplete row",
    severity: Severity::Review,
    summary: "A denied input is allowed once a row of data lacks a field, or is not there.",
    why: "Whoever writes data leaves things out. A default that permits, or a condition that is skipped where the field is missing, makes \
          the row mean more than it says.",
    instead: "Require the field: compare it with the one value that permits, without a default.",
    run,
};

fn run(ask: &mut Ask<'_, '_>, entry: &Entry) {
    if entry.verdict != Verdict::Deny || entry.edits.len() > 1 {
        return;
    }
    for steps in members(ask.pools, &entry.case.data) {
        ask.expect_denied(entry, Edit::Drop(Place::data(steps)), Verdict::Deny, "");
    }
}

/// The members of rows of base documents that the policy reads: what is at a pattern with a step for each row.
fn members(pools: &Pools, data: &Value) -> BTreeSet<Vec<Value>> {
    let mut found = BTreeSet::new();
    for pattern in &pools.model.data {
        let is_member = match pattern.steps.as_slice() {
            [.., before, Segment::Key(_)] => {
                pattern.steps.contains(&Segment::Each) && *before != Segment::Keys
            }
            // What is looked up by a key of the input is a row of its own.
            [.., Segment::Each] => true,
            _ => false,
        };
        if is_member {
            let places = places_of(pattern, data).into_iter();
            found.extend(places.filter(|steps| is_in_object(data, steps)).take(MAX_ROWS));
        }
    }
    found
}

fn is_in_object(data: &Value, steps: &[Value]) -> bool {
    let parent = steps.split_last().and_then(|(_, parent)| place::at(data, parent));
    parent.is_some_and(|parent| parent.as_object().is_some())
}

/// The arrays of the base documents that the policy reads, with their places.
pub(in crate::probe) fn collections<'d>(pools: &Pools, data: &'d Value) -> Vec<(Vec<Value>, &'d Array)> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let patterns = pools.model.data.iter().flat_map(|pattern| {
        let through = (0..pattern.steps.len()).filter(|at| pattern.steps.get(*at) == Some(&Segment::Each));
        let tables = through
            .map(|at| Pattern { root: Root::Data, steps: pattern.steps.iter().take(at).cloned().collect() });
        tables.chain([pattern.clone()])
    });
    for pattern in patterns {
        for steps in places_of(&pattern, data) {
            if let Some(array) = place::at(data, &steps).and_then(Value::as_array)
                && found.len() < MAX_ROWS
                && seen.insert(steps.clone())
            {
                found.push((steps, array));
            }
        }
    }
    found
}

/// The places of a document that a pattern is about.
pub(in crate::probe) fn places_of(pattern: &Pattern, data: &Value) -> Vec<Vec<Value>> {
    debug_assert!(pattern.root == Root::Data, "only base documents have rows");
    let mut at: Vec<(Vec<Value>, &Value)> = vec![(Vec::new(), data)];
    for segment in &pattern.steps {
        let mut below = Vec::new();
        for (steps, value) in at {
            let mut add = |key: Value, child| {
                let mut steps = steps.clone();
                steps.push(key);
                below.push((steps, child));
            };
            match (segment, value) {
                (Segment::Key(key), value) => {
                    if let Some(child) = place::at(value, std::slice::from_ref(key)) {
                        add(key.clone(), child);
                    }
                }
                (Segment::Each, Value::Object(object)) => {
                    object.iter().take(MAX_ROWS).for_each(|(key, child)| add(key.clone(), child));
                }
                (Segment::Each, Value::Array(array)) => {
                    let elements = (0_u64..).zip(array.iter()).take(MAX_ROWS);
                    elements.for_each(|(key, child)| add(Value::from(key), child));
                }
                (Segment::Each | Segment::Keys, _) => {}
            }
        }
        below.truncate(MAX_ROWS);
        at = below;
    }
    at.into_iter().map(|(steps, _)| steps).filter(|steps| !steps.is_empty()).collect()
}

/// How many rows of a document are tried.
const MAX_ROWS: usize = 48;
