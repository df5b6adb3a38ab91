//! R4: what only looks like it.

use super::{Ask, Probe, Severity, instead};
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::edit::Edit;
use crate::probe::place::Place;
use crate::probe::text::{self, Form};
use crate::value::Value;

pub(super) static PROBE: Probe = Probe {
    id: "R4",
    name: "near miss",
    severity: Severity::Review,
    summary: "An allowed text stays allowed with something added, inserted or left out.",
    why: "A prefix without an end, a part that may stand anywhere or a pattern without anchors takes `corp.example.evil.test` for \
          `corp.example`, and `/agent/adminx` for `/agent/admin`.",
    instead: "Compare whole texts, or whole segments of them; anchor patterns at both ends.",
    run,
};

fn run(ask: &mut Ask<'_, '_>, entry: &Entry) {
    let Some(input) = &entry.case.input else { return };
    if entry.verdict != Verdict::Allow {
        return;
    }
    for (steps, text) in ask.texts(entry) {
        let junk = Edit::Put(Place::input(steps.clone()), Value::from("zz9"));
        if text.is_empty() || ask.allows(entry, &junk) {
            continue;
        }
        let last_word_is_free = ask.allows(entry, &instead(input, &steps, text, &text::fresh(text)));
        let may_go_on = goes_on(ask, &steps, text);
        let known = ask.pools.likely(input, &entry.case.data, &steps);
        for (form, other) in text::near_misses(text) {
            let is_meant = match form {
                Form::Extension => last_word_is_free || may_go_on,
                Form::PartBehindFirst | Form::PartBeforeLast | Form::PartAtEnd | Form::Part => may_go_on,
                Form::Wildcard => last_word_is_free && may_go_on,
                Form::Spelling => last_word_is_free,
                Form::Prefix => false,
            };
            if !is_meant && !known.contains(&Value::from(other.as_str())) {
                ask.expect_denied(entry, instead(input, &steps, text, &other), Verdict::Allow, form.as_str());
            }
        }
        for (other, longer) in text::longer_words(text) {
            // A word that may be any other may be a longer one.
            if ask.allows(entry, &instead(input, &steps, text, &other)) {
                continue;
            }
            for form in longer {
                ask.expect_denied(
                    entry,
                    instead(input, &steps, text, &form),
                    Verdict::Allow,
                    "with a longer word",
                );
            }
        }
    }
}

/// Whether the policy looks for a beginning of the text that ends where a part of it does: what follows is free.
fn goes_on(ask: &Ask<'_, '_>, steps: &[Value], text: &str) -> bool {
    let mut tests = ask.pools.readings(steps).flat_map(|reading| &reading.texts);
    tests.any(|test| {
        test.function == "startswith"
            && text.starts_with(&*test.pattern)
            && test.pattern.ends_with(['/', ':', '.', '@', '#'])
    })
}
