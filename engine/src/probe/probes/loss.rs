//! H4: nobody is let in because a base document is missing.

use super::{Ask, Probe, Severity};
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::edit::Edit;
use crate::probe::place::Place;

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
    for steps in ask.pools.model.documents() {
        ask.expect_no_gain(entry, Edit::Drop(Place::data(steps)));
    }
}
