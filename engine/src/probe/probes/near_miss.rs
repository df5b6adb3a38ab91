//! R4: what only looks like it.

use super::{Ask, Probe, Severity, instead};
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::edit::Edit;
use crate::probe::place::{self, Place};
use crate::probe::text::{self, Form};
use crate::probe::token::Token;
use crate::value::Value;

pub(super) static PROBE: Probe = Probe {
    id: "R4",
    name: "near miss",
    severity: Severity::Review,
    summary: "An allowed text, or a claim in a signed token, stays allowed with something added, inserted or left out.",
    why: "A prefix without an end, a part that may stand anywhere or a pattern without anchors takes `corp.example.evil.test` for \
          `corp.example`, and `/agent/adminx` for `/agent/admin`; anchors of lines take a text with another line.",
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
                // Names that may be any have one line all the same.
                Form::Line | Form::PartBehindFirst | Form::PartBeforeLast | Form::PartAtEnd | Form::Part => {
                    may_go_on
                }
                Form::Wildcard => last_word_is_free && may_go_on,
                Form::Spelling => last_word_is_free,
                Form::Prefix => false,
            };
            if !is_meant && !known.contains(&Value::from(other.as_str())) {
                ask.expect_denied(entry, instead(input, &steps, text, &other), Verdict::Allow, form.as_str());
            }
        }
        let with = |other: &str| Some(instead(input, &steps, text, other));
        longer_words(ask, entry, text, &with, "with a longer word");
    }
    claims(ask, entry);
}

/// Texts with a longer word, of those in which the word may not be any other.
fn longer_words(
    ask: &mut Ask<'_, '_>,
    entry: &Entry,
    text: &str,
    with: &dyn Fn(&str) -> Option<Edit>,
    detail: &'static str,
) {
    for (other, longer) in text::longer_words(text) {
        if with(&other).is_none_or(|edit| ask.allows(entry, &edit)) {
            continue;
        }
        for edit in longer.iter().filter_map(|form| with(form)) {
            ask.expect_denied(entry, edit, Verdict::Allow, detail);
        }
    }
}

/// The texts in tokens that a secret among the documents has signed.
fn claims(ask: &mut Ask<'_, '_>, entry: &Entry) {
    for (steps, text) in ask.texts(entry) {
        let Some(token) = Token::opened(text, &entry.case.data) else { continue };
        for (within, claim) in place::places(&token.claims, MAX_CLAIM_DEPTH) {
            let Some(claim) = claim.as_str() else { continue };
            let with = |other: &str| {
                let claims = place::put(Some(&token.claims), &within, Value::from(other))?;
                Some(Edit::Put(Place::input(steps.clone()), Value::from(token.with(&claims)?)))
            };
            longer_words(ask, entry, claim, &with, "a claim with a longer word");
            if with(&text::fresh(claim)).is_none_or(|edit| ask.allows(entry, &edit)) {
                continue;
            }
            for edit in [format!("{claim}x"), format!("x{claim}")].iter().filter_map(|form| with(form)) {
                ask.expect_denied(entry, edit, Verdict::Allow, "a claim with something more");
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

/// How deep in a token claims are looked at.
const MAX_CLAIM_DEPTH: usize = 4;
