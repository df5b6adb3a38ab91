//! R7: decisions that are not the same tomorrow, or none at all.

use super::{Ask, Probe, Severity};
use crate::eval::Observer;
use crate::probe::corpus::Entry;
use crate::probe::decision::Verdict;
use crate::probe::edit::Edit;
use crate::probe::finding::{Pair, Twist};

pub(super) static PROBE: Probe = Probe {
    id: "R7",
    name: "unstable decision",
    severity: Severity::Review,
    summary: "A decision is an error, or depends on the clock, on chance or on another server.",
    why: "Two rules that disagree are an error, and what an error means is for the caller to guess. A decision that depends on the clock \
          changes without anybody changing the policy, and can't be tested as it is.",
    instead: "Let one rule give the value; take the time from the input, where whoever enforces the policy puts it.",
    run,
};

fn run(ask: &mut Ask<'_, '_>, entry: &Entry) {
    match entry.verdict {
        Verdict::Error(_) => error(ask, entry),
        Verdict::Allow => outside(ask, entry),
        Verdict::Deny => {}
    }
}

/// An edit makes an error of a decision.
fn error(ask: &mut Ask<'_, '_>, entry: &Entry) {
    let Some((edit, context)) = entry.edits.split_last() else { return };
    let before = context.iter().try_fold(entry.origin.clone(), |case, edit| edit.apply(&case));
    let Some(before) = before else { return };
    let verdict_before = ask.verdict(&before);
    if matches!(verdict_before, Verdict::Error(_)) {
        return;
    }
    ask.pairs.push(Pair {
        origin: entry.origin.clone(),
        context: context.to_vec(),
        before,
        verdict_before,
        edit: edit.clone(),
        detail: "an error",
        twist: Twist::None,
        after: entry.case.clone(),
        verdict_after: entry.verdict,
    });
}

/// A decision to allow asked the outside for something.
fn outside(ask: &mut Ask<'_, '_>, entry: &Entry) {
    let (_, _, outside) =
        ask.bench.judge(&entry.case.data).watch(entry.case.input.as_ref(), Outside::default());
    ask.tried += 1;
    if let Some(detail) = outside.0 {
        ask.pairs.push(Pair {
            origin: entry.origin.clone(),
            context: entry.edits.clone(),
            before: entry.case.clone(),
            verdict_before: Verdict::Allow,
            edit: Edit::Whole(entry.case.input.clone()),
            detail,
            twist: Twist::Outside,
            after: entry.case.clone(),
            verdict_after: Verdict::Allow,
        });
    }
}

/// Sees calls whose result depends on more than their operands.
#[derive(Default)]
struct Outside(Option<&'static str>);

impl Observer for Outside {
    const FAULTS: bool = true;

    fn fails(&mut self, function: &str, _: &[&crate::value::Value]) -> bool {
        let asked = OUTSIDE.iter().find(|(name, _)| *name == function).map(|(_, detail)| *detail);
        self.0 = self.0.or(asked);
        false
    }
}

/// The functions, and what they ask.
const OUTSIDE: [(&str, &str); 6] = [
    ("time.now_ns", "the clock"),
    ("rand.intn", "chance"),
    ("uuid.rfc4122", "chance"),
    ("http.send", "another server"),
    ("net.lookup_ip_addr", "another server"),
    ("opa.runtime", "the environment"),
];
