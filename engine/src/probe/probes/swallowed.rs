//! H6: nobody is let in while an error is passed over.

use super::{Ask, Probe, Severity};
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::edit::Edit;
use crate::probe::finding::{Pair, Twist};
use crate::probe::place::{self, Place};
use crate::probe::pool::MAX_DEPTH;
use crate::probe::sweep::wrong_types;
use crate::value::Value;

pub(super) static PROBE: Probe = Probe {
    id: "H6",
    name: "swallowed error",
    severity: Severity::Hard,
    summary: "A denied input is allowed once a built-in function fails on it, and the error is passed over.",
    why: "OPA takes the error of a built-in function for undefined. If the call stands in a rule that denies, a text that can't be read \
          is as good as one that is fine. With strict errors the same input is no decision at all.",
    instead: "Read the text where the policy allows, so that one that can't be read allows nothing.",
    run,
};

fn run(ask: &mut Ask<'_, '_>, entry: &Entry) {
    let Some(input) = &entry.case.input else { return };
    if entry.verdict != Verdict::Deny {
        return;
    }
    for (steps, value) in place::places(input, MAX_DEPTH) {
        let types = ask.pools.types(input, &steps);
        for broken in broken(value) {
            // Of another type it is a matter of the probe of types.
            if !types.contains(broken.type_name()) && broken.type_name() != value.type_name() {
                continue;
            }
            let edit = Edit::Put(Place::input(steps.clone()), broken);
            let Some(after) = edit.apply(&entry.case) else { continue };
            ask.tried += 1;
            let (verdict, errors, _) =
                ask.bench.judge(&after.data).watch(after.input.as_ref(), crate::eval::NoObserver);
            let Some(error) = errors.first().filter(|_| verdict == Verdict::Allow) else { continue };
            if !ask.asserted.contains(&after.input) {
                ask.pairs.push(Pair {
                    origin: entry.origin.clone(),
                    context: entry.edits.clone(),
                    before: entry.case.clone(),
                    verdict_before: Verdict::Deny,
                    edit,
                    detail: "",
                    twist: Twist::Strict(error.message.clone()),
                    after,
                    verdict_after: verdict,
                });
            }
        }
    }
}

/// Values that functions can't read, for a place with this one.
fn broken(value: &Value) -> Vec<Value> {
    let mut values = wrong_types();
    if let Value::String(text) = value {
        values.extend(
            ["{", "%zz", "a.b.c", "2026-99-99T99:99:99Z", "(", "999999999999999999999"].map(Value::from),
        );
        values.push(Value::from(format!("{text}\u{0}")));
    }
    values
}
