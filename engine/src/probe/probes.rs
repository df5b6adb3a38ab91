//! The probes: each looks for pairs of one kind.

mod anything;
mod claim;
mod collection;
mod empty;
mod evasion;
pub(super) mod fault;
mod loss;
mod near_miss;
mod omission;
pub(super) mod row;
mod stranger;
pub(super) mod swallowed;
mod types;
pub(super) mod unread;
mod unstable;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::contract::Contract;
use super::corpus::Entry;
use super::decision::Verdict;
use super::edit::{Case, Edit};
use super::finding::{Pair, Twist};
use super::model::Pattern;
use super::place::{self, Place, Root};
use super::pool::{MAX_DEPTH, Pools};
use super::steps::Steps;
use super::subject::Bench;
use crate::eval::{NoObserver, Record};
use crate::policy::EvalError;
use crate::program::RuleId;
use crate::value::Value;
use swallowed::Guards;

/// A kind of mistake, and how it is looked for.
#[derive(Debug)]
pub struct Probe {
    /// Its name, such as `H2`.
    pub id: &'static str,
    /// What it is about, in a word or two.
    pub name: &'static str,
    /// What a finding means.
    pub severity: Severity,
    /// What it finds, as one sentence.
    pub summary: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// What to write instead.
    pub instead: &'static str,
    /// Looks for pairs near a case.
    pub(super) run: fn(&mut Ask<'_, '_>, &Entry),
}

impl PartialEq for Probe {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// What a finding means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Less or broken information lets somebody in: a mistake.
    Hard,
    /// A fact about who gets in, for a person to judge.
    Review,
}

/// Every probe, in the order of their names.
pub const ALL: [&Probe; 15] = [
    &empty::PROBE,
    &omission::PROBE,
    &types::PROBE,
    &loss::PROBE,
    &fault::PROBE,
    &swallowed::PROBE,
    &evasion::PROBE,
    &stranger::PROBE,
    &anything::PROBE,
    &claim::PROBE,
    &near_miss::PROBE,
    &collection::PROBE,
    &unread::PROBE,
    &unstable::PROBE,
    &row::PROBE,
];

/// The probe of a name.
pub fn named(id: &str) -> Option<&'static Probe> {
    ALL.into_iter().find(|probe| probe.id.eq_ignore_ascii_case(id))
}

/// What probes ask with, and where they put what they find.
pub(super) struct Ask<'a, 's> {
    pub(super) bench: &'a mut Bench<'s>,
    pub(super) pools: &'a Pools,
    /// The cases that somebody wrote down and that are allowed: nobody has to be told of them.
    pub(super) asserted: &'a BTreeSet<Option<Value>>,
    /// The places of the input where a text that nothing knows denies an input that was allowed.
    pub(super) guarded: &'a BTreeSet<Pattern>,
    /// Where the rules stand that keep people out.
    pub(super) guards: &'a Guards,
    /// The sets that keep everybody out as long as they have an element.
    pub(super) objections: &'a [RuleId],
    /// What somebody says of the input.
    pub(super) contract: &'a Contract,
    /// What the case came to that is probed.
    pub(super) near: &'a Near<'a>,
    /// What is told of evaluations, of which only the verdicts count here.
    pub(super) steps: &'a mut Steps,
    pub(super) pairs: Vec<Pair>,
    pub(super) tried: u64,
}

/// The evaluation of a case that is probed: most of what is asked differs from it in one place.
pub(super) struct Near<'a> {
    pub(super) data: &'a Value,
    pub(super) record: &'a Record,
    /// What it looked at in the input, if that is all that it depends on.
    pub(super) reads: Option<BTreeSet<&'a [Value]>>,
}

impl Ask<'_, '_> {
    pub(super) fn verdict(&mut self, case: &Case) -> Verdict {
        self.decide(case).0
    }

    /// The verdict on a case, and the errors of built-in functions on the way.
    pub(super) fn decide(&mut self, case: &Case) -> (Verdict, Vec<EvalError>) {
        self.tried += 1;
        let (judge, input) = (self.bench.judge(&case.data), case.input.as_ref());
        if case.data == *self.near.data {
            return judge.follow_near(input, self.near.record, self.steps);
        }
        let (verdict, errors, NoObserver) = judge.watch(input, NoObserver);
        (verdict, errors)
    }

    /// Whether a case is allowed. Most that are not are denied for what the probed case is denied for.
    fn is_allowed(&mut self, case: &Case) -> bool {
        if case.data == *self.near.data {
            let (judge, input) = (self.bench.judge(&case.data), case.input.as_ref());
            if judge.still_objects(input, self.near.record, None, self.objections).is_some() {
                self.tried += 1;
                return false;
            }
        }
        self.verdict(case) == Verdict::Allow
    }

    /// Whether a change of the probed input comes to the same as that did, without an error, as nothing looked at what is different;
    /// then it counts as tried.
    pub(super) fn is_unread(&mut self, edit: &Edit, entry: &Entry) -> bool {
        let (Some(reads), Some(input)) = (&self.near.reads, &entry.case.input) else { return false };
        let (steps, value) = match edit {
            Edit::Put(Place { root: Root::Input, steps }, value) => (steps, Some(value)),
            Edit::Drop(Place { root: Root::Input, steps }) => (steps, None),
            Edit::Put(..) | Edit::Drop(_) | Edit::Rename { .. } | Edit::Several(_) | Edit::Whole(_) => {
                return false;
            }
        };
        let Some((_, above)) = steps.split_last() else { return false };
        // Where an element goes, those behind it come to stand elsewhere.
        let moves =
            value.is_none() && place::at(input, above).is_some_and(|above| above.as_array().is_some());
        let changed = if moves { above } else { steps };
        if !self.contract.is_free() || reads.iter().any(|read| place::overlap(read, changed)) {
            return false;
        }
        let Some(before) = place::at(input, steps) else { return false };
        self.tried += u64::from(value != Some(before));
        true
    }

    /// A case with an edit as the contract allows it, and the edit; nothing if that changes nothing, or can't be.
    pub(super) fn apply(&self, edit: Edit, case: &Case) -> Option<(Edit, Case)> {
        self.contract.apply(edit, case, &self.bench.subject().policy)
    }

    /// Reports a pair if the edit lets somebody in who was kept out.
    pub(super) fn expect_no_gain(&mut self, entry: &Entry, edit: Edit) {
        self.expect_denied(entry, edit, Verdict::Deny, "");
    }

    /// Reports a pair if the edit of a case with this verdict lets somebody in; answers whether it does.
    pub(super) fn expect_denied(
        &mut self,
        entry: &Entry,
        edit: Edit,
        from: Verdict,
        detail: &'static str,
    ) -> bool {
        if entry.verdict != from {
            return false;
        }
        if from != Verdict::Allow && self.is_unread(&edit, entry) {
            return false;
        }
        let Some((edit, after)) = self.apply(edit, &entry.case) else { return false };
        if !self.is_allowed(&after) {
            return false;
        }
        // Few are allowed, so that it is cheaper to look last whether somebody meant it.
        if self.asserted.contains(&after.input) && after.data == entry.case.data {
            self.tried -= 1;
            return false;
        }
        self.found(entry, None, edit, after, detail);
        true
    }

    /// Whether an edit of a case lets somebody in, without a report.
    pub(super) fn allows(&mut self, entry: &Entry, edit: &Edit) -> bool {
        self.apply(edit.clone(), &entry.case).is_some_and(|(_, after)| self.is_allowed(&after))
    }

    /// Reports that somebody is let in after an edit of a case, or of the case after another edit, which is denied.
    pub(super) fn found(
        &mut self,
        entry: &Entry,
        first: Option<(Edit, Case)>,
        edit: Edit,
        after: Case,
        detail: &'static str,
    ) {
        let verdict_before = if first.is_some() { Verdict::Deny } else { entry.verdict };
        let mut context = entry.edits.clone();
        let before = match first {
            Some((first, before)) => {
                context.push(first);
                before
            }
            None => entry.case.clone(),
        };
        let origin = entry.origin.clone();
        let twist = Twist::None;
        let verdict_after = Verdict::Allow;
        self.pairs.push(Pair {
            origin,
            context,
            before,
            verdict_before,
            edit,
            detail,
            twist,
            after,
            verdict_after,
        });
    }

    /// The strings of an input at places that the policy reads, each with its place.
    pub(super) fn texts<'e>(&self, entry: &'e Entry) -> Vec<(Vec<Value>, &'e str)> {
        let Some(input) = &entry.case.input else { return Vec::new() };
        let places = place::places(input, MAX_DEPTH).into_iter();
        let texts = places.filter_map(|(steps, value)| Some((steps, value.as_str()?)));
        texts.filter(|(steps, _)| self.pools.readings(steps).next().is_some()).collect()
    }
}

/// The edit that gives a text at a place another value: wherever the input has the same text if it has it several times.
pub(super) fn instead(input: &Value, steps: &[Value], text: &str, other: &str) -> Edit {
    let places = place::places(input, MAX_DEPTH);
    let same = places.iter().filter(|(_, value)| value.as_str() == Some(text)).count();
    if same > 1 {
        return Edit::Rename { from: Arc::from(text), to: Arc::from(other) };
    }
    Edit::Put(Place::input(steps.to_vec()), Value::from(other))
}
