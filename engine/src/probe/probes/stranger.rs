//! R1: who is nobody in particular.

use super::{Ask, Probe, Severity, instead};
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::role::Role;
use crate::probe::text;

pub(super) static PROBE: Probe = Probe {
    id: "R1",
    name: "stranger",
    severity: Severity::Review,
    summary: "An allowed input stays allowed for a caller that nothing knows.",
    why: "Whoever can reach the service is let in, or whoever has an identity of the right form. That may be meant; somebody should have \
          said so.",
    instead: "Compare the caller with a list of those that are known.",
    run,
};

fn run(ask: &mut Ask<'_, '_>, entry: &Entry) {
    let Some(input) = &entry.case.input else { return };
    if entry.verdict != Verdict::Allow {
        return;
    }
    for (steps, text) in ask.texts(entry) {
        if ask.contract.role(&steps) != Some(Role::Principal) {
            continue;
        }
        let same_shape = instead(input, &steps, text, &text::fresh(text));
        ask.expect_denied(entry, same_shape, Verdict::Allow, "of the same form");
        let (fresh, mut first) = ("zz9.example", true);
        for (_, foreign) in text::with_token(text, fresh) {
            // The scheme is no word that anybody has as their own.
            if text.contains("://") && std::mem::take(&mut first) {
                continue;
            }
            let edit = instead(input, &steps, text, &foreign);
            ask.expect_denied(entry, edit, Verdict::Allow, "with another word");
        }
    }
}
