//! H1: nobody is let in who says nothing.

use super::{Ask, Probe, Severity};
use crate::probe::corpus::Entry;
use crate::probe::edit::Edit;
use crate::value::{Array, Object, Value};

pub(super) static PROBE: Probe = Probe {
    id: "H1",
    name: "empty input",
    severity: Severity::Hard,
    summary: "An input that says nothing is allowed.",
    why: "Whoever sends an empty or broken request gets what the policy guards. Usually a default is `true`, an `else` allows, or \
          every condition is a negation.",
    instead: "Write `default allow := false`, and let each rule that allows name what has to be there.",
    run,
};

fn run(ask: &mut Ask<'_, '_>, entry: &Entry) {
    let nothing = [
        None,
        Some(Value::Object(Object::new())),
        Some(Value::Null),
        Some(Value::Array(Array::new())),
        Some(Value::from("zz")),
    ];
    for input in nothing {
        let edit = Edit::Whole(input);
        let Some((edit, after)) = ask.apply(edit, &entry.case) else { continue };
        if !ask.asserted.contains(&after.input) && ask.is_allowed(&after) {
            ask.found(entry, None, edit, after, "");
        }
    }
}
