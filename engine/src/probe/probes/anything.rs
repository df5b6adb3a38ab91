//! R2: what is done, and to what, does not matter.

use super::{Ask, Probe, Severity};
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::edit::Edit;
use crate::probe::place::{Place, Root};
use crate::probe::pool::pattern_of;
use crate::probe::role::Role;
use crate::probe::text;
use crate::value::Value;

pub(super) static PROBE: Probe = Probe {
    id: "R2",
    name: "anything",
    severity: Severity::Review,
    summary: "An allowed input stays allowed for another action or resource, or without one.",
    why: "A rule, or a row of data, allows more than it names: any action, any resource. Elsewhere the policy looks at it.",
    instead: "Compare what is asked for with what is granted, in the rule that allows.",
    run,
};

fn run(ask: &mut Ask<'_, '_>, entry: &Entry) {
    let Some(input) = &entry.case.input else { return };
    if entry.verdict != Verdict::Allow {
        return;
    }
    for (steps, text) in ask.texts(entry) {
        let role = ask.contract.role(&steps);
        let is_guarded = ask.guarded.contains(&pattern_of(Root::Input, input, &steps));
        let is_meant = matches!(role, Some(Role::Action | Role::Resource | Role::Tenant)) || is_guarded;
        let is_of_others = matches!(role, Some(Role::Principal | Role::Credential | Role::Context));
        if is_of_others || !is_meant {
            continue;
        }
        let place = Place::input(steps);
        let fresh = Edit::Put(place.clone(), Value::from(text::fresh(text)));
        ask.expect_denied(entry, fresh, Verdict::Allow, "of the same form");
        ask.expect_denied(entry, Edit::Put(place.clone(), Value::from("zz9")), Verdict::Allow, "any");
        ask.expect_denied(entry, Edit::Drop(place), Verdict::Allow, "none");
    }
}
