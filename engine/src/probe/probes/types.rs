//! H3: nobody is let in by a value of a type that nobody expects.

use super::{Ask, Probe, Severity};
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::edit::Edit;
use crate::probe::place::{self, Place};
use crate::probe::pool::MAX_DEPTH;
use crate::probe::sweep::wrong_types;
use crate::value::Value;

pub(super) static PROBE: Probe = Probe {
    id: "H3",
    name: "type confusion",
    severity: Severity::Hard,
    summary: "A value of the wrong type lets somebody in.",
    why: "Values of different types have an order in Rego: every text is greater than every number, and `null` is less than both. A \
          comparison holds that nobody meant, or a rule that denies is undefined.",
    instead: "Test the type first: `is_number(input.level)`, `is_string(input.user)`.",
    run,
};

fn run(ask: &mut Ask<'_, '_>, entry: &Entry) {
    let Some(input) = &entry.case.input else { return };
    let wrong = wrong_types();
    for (steps, value) in place::places(input, MAX_DEPTH) {
        let types = ask.pools.types(input, &steps);
        for wrong in wrong.iter().cloned() {
            let is_expected = types.contains(wrong.type_name()) || value.type_name() == wrong.type_name();
            if is_expected || is_empty(&wrong) {
                continue;
            }
            let edit = Edit::Put(Place::input(steps.clone()), wrong);
            match entry.verdict {
                Verdict::Deny => ask.expect_no_gain(entry, edit),
                Verdict::Allow => presence_only(ask, entry, &steps, edit),
                Verdict::Error(_) => {}
            }
        }
    }
}

/// An allowed input stays allowed with junk where nothing at all would deny it: that something is there counts, what is does not.
fn presence_only(ask: &mut Ask<'_, '_>, entry: &Entry, steps: &[Value], edit: Edit) {
    if ask.is_unread(&edit, entry) {
        // Leaving it out would come to the same, too.
        return;
    }
    let Some((edit, after)) = ask.apply(edit, &entry.case) else { return };
    if ask.asserted.contains(&after.input) || !ask.is_allowed(&after) {
        return;
    }
    let first = Edit::Drop(Place::input(steps.to_vec()));
    let Some((first, before)) = ask.apply(first, &entry.case) else { return };
    if ask.verdict(&before) == Verdict::Deny {
        ask.found(entry, Some((first, before)), edit, after, "");
    }
}

/// An empty collection is no wrong value of a collection's place, and that of another's is a matter of other probes.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(array) => array.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => false,
    }
}
