//! H7: nobody is let in by writing the same text in another way.

use super::{Ask, Probe, Severity};
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::edit::Edit;
use crate::probe::place::{self, Place};
use crate::probe::pool::MAX_DEPTH;
use crate::probe::text::{same_to_others, with_capitals};
use crate::value::Value;

pub(super) static PROBE: Probe = Probe {
    id: "H7",
    name: "evasion",
    severity: Severity::Hard,
    summary: "A denied text is allowed once it is written in another way.",
    why: "What stands behind the policy may take `/Admin`, `/%61dmin`, `//admin` and `/admin/` for the same as `/admin`. A list of what is \
          denied knows one of them.",
    instead: "List what is allowed, in the one form that is accepted; or bring the text into that form before comparing.",
    run,
};

fn run(ask: &mut Ask<'_, '_>, entry: &Entry) {
    let Some(input) = &entry.case.input else { return };
    if entry.verdict != Verdict::Deny {
        return;
    }
    for (steps, value) in place::places(input, MAX_DEPTH) {
        let Value::String(text) = value else { continue };
        // A form that the policy or the seeds name is a value of its own.
        let known = ask.pools.likely(input, &entry.case.data, &steps);
        for form in same_to_others(text).into_iter().chain(with_capitals(text)) {
            let form = Value::from(form);
            if !known.contains(&form) {
                ask.expect_no_gain(entry, Edit::Put(Place::input(steps.clone()), form));
            }
        }
    }
}
