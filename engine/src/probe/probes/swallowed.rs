//! H6: nobody is let in while an error is passed over.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Ask, Probe, Severity};
use crate::policy::Location;
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::edit::Edit;
use crate::probe::finding::{Pair, Twist};
use crate::probe::place::{self, Place, Root};
use crate::probe::pool::MAX_DEPTH;
use crate::probe::reach::{Polarity, Reach, clauses};
use crate::probe::subject::Subject;
use crate::probe::sweep::wrong_types;
use crate::source::{LineIndex, Position, SourceId};
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
    match entry.verdict {
        Verdict::Allow => passed_over(ask, entry, input),
        Verdict::Deny => broken_texts(ask, entry, input),
        Verdict::Error(_) => {}
    }
}

/// What is allowed while a function fails in a rule that keeps people out, of inputs that say nothing broken themselves.
fn passed_over(ask: &mut Ask<'_, '_>, entry: &Entry, input: &Value) {
    let is_meant = |edit: &Edit| match edit {
        Edit::Put(place, value) if place.root == Root::Input => {
            ask.pools.likely(input, &entry.case.data, &place.steps).contains(value)
        }
        Edit::Put(..) | Edit::Drop(_) | Edit::Rename { .. } | Edit::Several(_) | Edit::Whole(_) => false,
    };
    if ask.asserted.contains(&entry.case.input) || !entry.edits.iter().all(is_meant) {
        return;
    }
    ask.tried += 1;
    let input = entry.case.input.as_ref();
    let (verdict, errors, _) = ask.bench.judge(&entry.case.data).watch(input, crate::eval::NoObserver);
    let error = errors.iter().find(|error| error.location.as_ref().is_some_and(|at| ask.guards.hold(at)));
    let Some(error) = error.filter(|_| verdict == Verdict::Allow) else { return };
    let before = entry.case.clone();
    ask.pairs.push(Pair {
        origin: entry.origin.clone(),
        context: entry.edits.clone(),
        before: before.clone(),
        verdict_before: Verdict::Allow,
        edit: Edit::Whole(before.input.clone()),
        detail: "passed over by a rule that denies",
        twist: Twist::Passed(error.message.clone()),
        after: before,
        verdict_after: verdict,
    });
}

fn broken_texts(ask: &mut Ask<'_, '_>, entry: &Entry, input: &Value) {
    for (steps, value) in place::places(input, MAX_DEPTH) {
        let types = ask.pools.types(input, &steps);
        for broken in broken(value) {
            // Of another type it is a matter of the probe of types.
            if !types.contains(broken.type_name()) && broken.type_name() != value.type_name() {
                continue;
            }
            let edit = Edit::Put(Place::input(steps.clone()), broken);
            if ask.is_unread(&edit, entry) {
                continue;
            }
            let Some((edit, after)) = ask.apply(edit, &entry.case) else { continue };
            let (verdict, errors) = ask.decide(&after);
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

/// Where the rules stand of which less lets more in.
#[derive(Debug, Default)]
pub(in crate::probe) struct Guards(Vec<(Arc<str>, Position, Position)>);

impl Guards {
    /// Those that the decision depends on.
    pub(in crate::probe) fn of(subject: &Subject, reach: &Reach) -> Self {
        let (program, sources) = (subject.policy.program(), subject.policy.sources());
        let lines: BTreeMap<SourceId, LineIndex> =
            sources.iter().map(|(id, source)| (id, LineIndex::new(source.text()))).collect();
        let denying = reach.rules.iter().filter(|(_, polarity)| **polarity == Polarity::Negative);
        let clauses = denying.flat_map(|(rule, _)| clauses(program, *rule));
        let places = clauses.filter_map(|clause| {
            let span = program.clause(clause)?.span;
            let (source, lines) = (sources.get(span.source)?, lines.get(&span.source)?);
            Some((Arc::clone(source.name()), lines.position(span.start), lines.position(span.end)))
        });
        Self(places.collect())
    }

    fn hold(&self, at: &Location) -> bool {
        let position = Position { row: at.row, col: at.col };
        let is_in = |(file, start, end): &(Arc<str>, Position, Position)| {
            *file == at.file && *start <= position && position <= *end
        };
        self.0.iter().any(is_in)
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
