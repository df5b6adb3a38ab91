//! A mutant that no test has noticed, and what is known of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::field::Field;
use super::missing::{MissingTest, Searched};
use super::mutant::Mutant;
use crate::eval::Record;
use crate::policy::ref_text::ref_text;
use crate::probe::decision::{Reading, Verdict};
use crate::probe::edit::{Case, Edit};
use crate::probe::objections::objections;
use crate::probe::paste::Replaced;
use crate::probe::reach::{Polarity, Reach};
use crate::probe::steps::Steps;
use crate::probe::subject::{Bench, Subject};
use crate::program::{Changes, LiteralId, Program, Rule, RuleId};

/// A case, and what the policy makes of it.
#[derive(Debug)]
pub(super) struct Asked {
    /// Which of the known inputs it is, if it is one.
    pub(super) known: Option<usize>,
    pub(super) case: Case,
    pub(super) origin: Origin,
    pub(super) verdict: Verdict,
    pub(super) steps: Steps,
    pub(super) record: Record,
}

/// What a case was made of.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// The name of the test or row.
    pub(super) seed: Arc<str>,
    /// Its case.
    pub(super) case: Case,
    /// What is different from there.
    pub(super) edits: Vec<Edit>,
}

/// A mutant of a decision that is still to be noticed.
pub(super) struct Suspect<'f> {
    field: &'f Field,
    subject: &'f Subject,
    /// What comes to something else than in the policy, if that can be told.
    changes: Option<Changes>,
    bench: Bench<'f>,
    /// The literals of the rule that is changed.
    literals: Vec<LiteralId>,
    /// The known inputs, and how much of the rule they don't get to hold.
    ranked: Vec<(usize, usize, usize)>,
    /// The best case that is decided otherwise.
    best: Option<(Cost, Difference)>,
    tried: u64,
    /// The sets that keep everybody out as long as they have an element.
    objections: Vec<RuleId>,
    same: Same,
    /// The known inputs of which it need not be asked.
    passed: BTreeSet<usize>,
}

/// The known inputs of which more is known than that they are decided as before.
#[derive(Debug, Default)]
pub(super) struct Same {
    /// Those for which all that the decision asks for comes to the same.
    pub(super) asked: BTreeSet<usize>,
    /// By set of objections, those that it keeps out as before.
    pub(super) objecting: BTreeMap<RuleId, BTreeSet<usize>>,
}

impl Same {
    /// Those that another decision is sure to decide as before which this one reads; for some of them this one asks for all of its document.
    pub(super) fn of(&self, read: &Field, whole: Option<&BTreeSet<usize>>) -> BTreeSet<usize> {
        let mut same = whole.map(|whole| &self.asked & whole).unwrap_or_default();
        if read.subject.decision.reading == Reading::Objections {
            same.extend(read.rule().and_then(|rule| self.objecting.get(&rule)).into_iter().flatten());
        }
        same
    }
}

/// What makes a case worse than another one: it is newly kept out, it needs other data, and edits.
type Cost = (bool, bool, usize);

/// A case that is decided otherwise.
struct Difference {
    origin: Origin,
    is_allowed: bool,
}

impl<'f> Suspect<'f> {
    /// Nothing was asked yet; of those known inputs that are passed it is known that they are decided as before.
    pub(super) fn new(
        field: &'f Field,
        mutant: &Mutant,
        subject: &'f Subject,
        passed: BTreeSet<usize>,
    ) -> Self {
        let (before, after) = (field.subject.policy.program(), subject.policy.program());
        let edit = mutant.edit_of(mutant.span.source);
        Self {
            field,
            subject,
            changes: edit.and_then(|edit| Changes::between(before, after, edit)),
            bench: Bench::small(subject),
            literals: literals(before, &mutant.rule),
            ranked: Vec::new(),
            best: None,
            tried: 0,
            objections: objections(after, &subject.decision),
            same: Same::default(),
            passed,
        }
    }

    /// The decision as the mutant makes it.
    pub(super) fn subject(&self) -> &'f Subject {
        self.subject
    }

    /// Whether no case is known that it decides otherwise.
    pub(super) fn is_open(&self) -> bool {
        self.best.is_none()
    }

    /// Whether a known input is decided as before, as another decision has shown.
    pub(super) fn passes(&self, at: usize) -> bool {
        self.passed.contains(&at)
    }

    /// Takes note of how far a known input comes in the rule that is changed.
    pub(super) fn rank(&mut self, asked: &Asked) {
        let Some(at) = asked.known else { return };
        let held = self.literals.iter().filter(|literal| asked.steps.outcome(**literal).0).count();
        self.ranked.push((usize::MAX - held, asked.origin.edits.len(), at));
    }

    /// Puts the known inputs in order: what comes furthest is taken first.
    pub(super) fn settle(&mut self) {
        self.ranked.sort_unstable_by(|one, other| other.cmp(one));
    }

    /// The known input that comes furthest, but for these.
    pub(super) fn best_but(&mut self, swept: &BTreeSet<usize>) -> Option<usize> {
        while let Some((_, _, at)) = self.ranked.pop() {
            if !swept.contains(&at) {
                return Some(at);
            }
        }
        None
    }

    /// Asks the mutant for what the policy was asked.
    pub(super) fn ask(&mut self, asked: &Asked) {
        self.tried += 1;
        let judge = self.bench.judge(&asked.case.data);
        let input = asked.case.input.as_ref();
        if let Some(changes) = &self.changes
            && asked.verdict != Verdict::Allow
            && let Some(set) = judge.still_objects(input, &asked.record, Some(changes), &self.objections)
        {
            self.same.objecting.entry(set).or_default().extend(asked.known);
            return;
        }
        let (verdict, is_all_same) = match &self.changes {
            Some(changes) => judge.ask_changed(input, &asked.record, changes),
            None => (judge.ask(input), false),
        };
        if is_all_same {
            self.same.asked.extend(asked.known);
        }
        let is_allowed = asked.verdict == Verdict::Allow;
        if is_allowed == (verdict == Verdict::Allow) {
            return;
        }
        let is_loaded = asked.case.data == *self.field.subject.policy.data();
        let cost = (is_allowed, !is_loaded, asked.origin.edits.len());
        if self.best.as_ref().is_none_or(|(known, _)| cost < *known) {
            self.best = Some((cost, Difference { origin: asked.origin.clone(), is_allowed }));
        }
    }

    /// What came of it, and of the known inputs.
    pub(super) fn end(mut self, is_over: bool) -> (Searched, Same) {
        let best = self.best.take();
        let searched = match best.and_then(|(_, difference)| self.smallest(&difference)) {
            Some(missing) => Searched::Found(Box::new(missing)),
            None if is_over => Searched::Stopped,
            None => Searched::Nothing { tried: self.tried },
        };
        (searched, self.same)
    }

    /// The same difference with as few edits as show it where all of it is evaluated; nothing if not even all edits do.
    fn smallest(&mut self, difference: &Difference) -> Option<MissingTest> {
        let subject = &self.field.subject;
        let mut before = Bench::small(subject);
        let mut edits = difference.origin.edits.clone();
        let mut case = self.shows(&mut before, difference, &edits)?;
        let mut at = 0;
        while at < edits.len() {
            let mut fewer = edits.clone();
            fewer.remove(at);
            if let Some(simpler) = self.shows(&mut before, difference, &fewer) {
                (edits, case) = (fewer, simpler);
            } else {
                at += 1;
            }
        }
        Some(MissingTest {
            decision: subject.decision.clone(),
            seed: Arc::clone(&difference.origin.seed),
            edits,
            verdict: before.ask(&case),
            value: subject.value(&case),
            replaced: Replaced::between(subject.policy.data(), &case.data),
            case,
        })
    }

    /// The case of these edits, if it still shows the difference: all of it is evaluated.
    fn shows(&mut self, before: &mut Bench<'_>, difference: &Difference, edits: &[Edit]) -> Option<Case> {
        let case = edits.iter().try_fold(difference.origin.case.clone(), |case, edit| edit.apply(&case))?;
        let was_allowed = before.ask(&case) == Verdict::Allow;
        let is_allowed = self.bench.ask(&case) == Verdict::Allow;
        (was_allowed == difference.is_allowed && is_allowed != was_allowed).then_some(case)
    }
}

/// The literals of a rule.
fn literals(program: &Program, name: &str) -> Vec<LiteralId> {
    let names = |rule: &Rule| {
        ref_text(std::iter::once("data").chain(rule.path.iter().filter_map(|step| step.as_str())))
    };
    let rules = (0_u32..).zip(&program.rules).filter(|(_, rule)| names(rule) == name);
    let rules = rules.map(|(at, _)| (RuleId(at), Polarity::Unknown)).collect();
    Reach { rules }.literals(program)
}
