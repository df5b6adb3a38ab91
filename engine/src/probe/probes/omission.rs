//! H2: nobody is let in by leaving something out.

use super::{Ask, Probe, Severity};
use crate::probe::corpus::Entry;
use crate::probe::edit::Edit;
use crate::probe::place::{self, Place};
use crate::probe::pool::MAX_DEPTH;
use crate::value::Value;

pub(super) static PROBE: Probe = Probe {
    id: "H2",
    name: "omission",
    severity: Severity::Hard,
    summary: "A denied input is allowed once a member of an object is left out.",
    why: "Whoever is denied sends the request again without what spoke against it. In Rego a rule that reads a missing member is \
          undefined, also under a comparison or inside of a `not`, so a rule that denies does not hold.",
    instead: "Let the rule that allows require the member and its value; or let the denial read it with `object.get` and a default that \
              denies.",
    run,
};

fn run(ask: &mut Ask<'_, '_>, entry: &Entry) {
    let Some(input) = &entry.case.input else { return };
    for (steps, _) in place::places(input, MAX_DEPTH) {
        let is_member = steps.last().is_some_and(|last| is_member(input, &steps, last));
        // Fewer elements of a list are not less information.
        if is_member && fits(ask, entry, &steps) {
            ask.expect_no_gain(entry, Edit::Drop(Place::input(steps)));
        }
    }
}

fn is_member(input: &Value, steps: &[Value], last: &Value) -> bool {
    let parent = steps.split_last().and_then(|(_, parent)| place::at(input, parent));
    parent.and_then(Value::as_object).is_some_and(|object| object.contains_key(last))
}

/// Whether the value is of a type that is meant to be there: that junk is refused where nothing is accepted says little.
fn fits(ask: &Ask<'_, '_>, entry: &Entry, steps: &[Value]) -> bool {
    let Some(input) = &entry.case.input else { return false };
    let types = ask.pools.types(input, steps);
    let edited = entry.edits.iter().any(|edit| edit.place().is_some_and(|place| place.steps == steps));
    !edited
        || types.is_empty()
        || place::at(input, steps).is_some_and(|value| types.contains(value.type_name()))
}
