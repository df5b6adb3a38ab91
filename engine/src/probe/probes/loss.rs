//! H4: nobody is let in because a base document is missing.

use std::collections::BTreeSet;

use super::{Ask, Probe, Severity};
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::edit::Edit;
use crate::probe::model::Segment;
use crate::probe::place::Place;
use crate::value::Value;

pub(super) static PROBE: Probe = Probe {
    id: "H4",
    name: "data loss",
    severity: Severity::Hard,
    summary: "A denied input is allowed once a base document is not there.",
    why: "A bundle that was not loaded, or a document with another name, opens the door: `not x in data.blocked` is undefined or true \
          when there is no `data.blocked`.",
    instead: "Require the document: `is_array(data.blocked)` in the rule that allows, or a positive list.",
    run,
};

fn run(ask: &mut Ask<'_, '_>, entry: &Entry) {
    if entry.verdict != Verdict::Deny {
        return;
    }
    for steps in documents(ask) {
        ask.expect_no_gain(entry, Edit::Drop(Place::data(steps)));
    }
}

/// The base documents that the decision reads: the paths up to the first step that is not known before.
fn documents(ask: &Ask<'_, '_>) -> BTreeSet<Vec<Value>> {
    let known = ask.pools.model.data.iter().map(|pattern| {
        let keys = pattern.steps.iter().map_while(|segment| match segment {
            Segment::Key(key) => Some(key.clone()),
            Segment::Each | Segment::Keys => None,
        });
        keys.take(MAX_STEPS).collect::<Vec<Value>>()
    });
    known.filter(|steps| !steps.is_empty()).collect()
}

/// Deeper paths are parts of documents rather than documents.
const MAX_STEPS: usize = 4;
