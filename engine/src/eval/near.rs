//! Evaluations over inputs that are a little different from a known one: a rule that looks at nothing that is different comes to the same,
//! and is not evaluated again.
//!
//! One evaluation is recorded: what each rule came to, which other rules it asked and what those came to, and what it told the observer. In
//! an evaluation near it a rule is the same if what it looks at in the input is, and if the rules that it asked come to the same once more.
//! They are asked in their order, and none after the first that is different: up to there the rule would have asked them too. So
//! whatever depends on the order of evaluation is as if everything were evaluated.

mod elements;
mod recording;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use recording::{CallNotes, Recording};

use super::error::Result;
use super::guard::is_left_out;
use super::lasting::Calls;
use super::machine::Machine;
use super::observer::{Observer, Told};
use super::scope::Scope;
use crate::program::{Change, Changes, ClauseId, RuleId, RuleKind};
use crate::stack::with_stack;
use crate::value::Value;

/// What an evaluation asked of the rules, and what they came to.
#[derive(Debug, Default)]
pub struct Record {
    documents: BTreeMap<RuleId, Kept>,
    parts: BTreeMap<Part, Kept>,
    /// What clauses gave to the set that their rule makes.
    clauses: BTreeMap<ClausePart, Kept>,
    /// What was asked for first, by no rule.
    asked: Vec<Asked>,
    /// By input, what was recorded while that stood in for the input of the request.
    within: BTreeMap<Value, Self>,
}

impl Record {
    /// All that was looked at in the input, each place with what is below; nothing if what was recorded depends on anything else
    /// that may be different the next time.
    pub fn reads(&self) -> Option<BTreeSet<&[Value]>> {
        let mut open: Vec<&Key> = self.asked.iter().map(|asked| &asked.key).collect();
        let mut seen = Vec::new();
        let mut reads = BTreeSet::new();
        while let Some(key) = open.pop() {
            if !seen.contains(&key) {
                let kept = self.kept(key)?;
                reads.extend(kept.inputs.iter().map(|(path, _)| &**path));
                open.extend(kept.asked.iter().map(|asked| &asked.key));
                seen.push(key);
            }
        }
        (!seen.is_empty()).then_some(reads)
    }

    /// Whether what was asked for first asked for all of a rule's document.
    pub fn asks_for(&self, rule: RuleId) -> bool {
        let first = self.asked.first().and_then(|first| self.kept(&first.key));
        first.is_some_and(|first| {
            first.asked.iter().any(|asked| asked.path.is_empty() && asked.key == Key::Document(rule))
        })
    }

    fn kept(&self, key: &Key) -> Option<&Kept> {
        match key {
            Key::Document(rule) => self.documents.get(rule),
            Key::Part(part) => self.parts.get(part),
            Key::Clause(part) => self.clauses.get(part),
        }
    }
}

/// A rule, and the first steps into its document as far as they are known.
pub(super) type Part = (RuleId, Vec<Option<Value>>);

/// A clause, and the first steps into its rule's document as far as they are known.
pub(super) type ClausePart = (ClauseId, Vec<Option<Value>>);

/// What a rule came to, and what it takes to know that it comes to the same again.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) value: Option<Value>,
    /// What it looks at in the input, and what was there.
    inputs: Vec<(Box<[Value]>, Option<Value>)>,
    /// The rules that it asked, in this order.
    asked: Vec<Asked>,
    /// The functions that it called, and what each came to; nothing if that was not recorded.
    calls: Option<Calls>,
    /// What the observer was told meanwhile, without what those rules told.
    told: Told,
    /// How many steps its evaluation took, without theirs.
    steps: u64,
    /// Whether it [lasts](super::lasting): nothing else is recorded of it then, and a change on the way to it says nothing of its value.
    lasts: bool,
}

/// A rule that another one asked, and what it came to.
#[derive(Debug, Clone)]
struct Asked {
    key: Key,
    /// The way to what was looked at in its document, as far as it is known without evaluation.
    path: Vec<Value>,
    /// What is there.
    value: Option<Value>,
    /// Whether it was asked where errors are taken back.
    is_attempt: bool,
}

/// What of a rule is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// Its document.
    Document(RuleId),
    /// As much of it as some steps can lead to.
    Part(Part),
    /// What one of its clauses gives to that.
    Clause(ClausePart),
}

impl Key {
    /// How much of what is asked for is changed.
    fn change(&self, changes: &Changes) -> Change {
        match self {
            Self::Document(rule) | Self::Part((rule, _)) => changes.of_rule(*rule),
            Self::Clause((clause, _)) => changes.of_clause(*clause),
        }
    }
}

/// What an evaluation leaves for others.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// What was recorded.
    pub(super) record: Record,
    /// Whether what was asked for first came to the same as in the recorded evaluation, and all that it asked itself too.
    pub(super) is_all_same: bool,
}

/// What an evaluation has to do with others.
#[derive(Debug)]
pub(super) enum Near<'a> {
    /// Nothing.
    Nothing,
    /// It is recorded.
    Recording(Recording<'a>),
    /// It is near another one.
    Known(Known<'a>),
}

/// The evaluation that another one is near.
#[derive(Debug)]
pub(super) struct Known<'a> {
    /// What is known of the request's own input and, as far as something stands in for that, of what does: by depth of scopes.
    records: Vec<Option<&'a Record>>,
    /// What is different in the program.
    changes: Option<&'a Changes>,
    /// Whether what was asked for first comes to the same, and all that it asked itself too.
    is_first_same: bool,
}

impl<'a> Known<'a> {
    /// Nothing stands in for the input yet.
    pub(super) fn new(record: &'a Record, changes: Option<&'a Changes>) -> Self {
        Self { records: vec![Some(record)], changes, is_first_same: false }
    }

    /// What is known at a depth of scopes, which counts from one.
    fn record(&self, depth: usize) -> Option<&'a Record> {
        self.records.get(depth.checked_sub(1)?).copied().flatten()
    }

    /// Whether this was asked for first, by no rule.
    fn is_first(&self, key: &Key) -> bool {
        let first = self.record(1).and_then(|record| record.asked.first());
        self.records.len() == 1 && first.is_some_and(|first| first.key == *key)
    }

    fn enter(&mut self, depth: usize, input: Option<&Value>) {
        let within = self.records.first().copied().flatten().zip(input);
        let record = within.and_then(|(record, input)| record.within.get(input));
        self.records.truncate(depth);
        self.records.push(record);
    }
}

impl Near<'_> {
    /// When the evaluation is over.
    pub(super) fn into_left(self) -> Left {
        match self {
            Self::Recording(recording) => Left { record: recording.into_record(), ..Left::default() },
            Self::Known(known) => Left { is_all_same: known.is_first_same, ..Left::default() },
            Self::Nothing => Left::default(),
        }
    }

    /// A function was not called because it had been for another rule.
    pub(super) fn repeat_call(&mut self, depth: usize, notes: Option<&CallNotes>) {
        if let Self::Recording(recording) = self {
            recording.repeat_call(depth, notes);
        }
    }

    /// A scope is entered from this depth of scopes.
    pub(super) fn enter_scope(&mut self, depth: usize, scope: &Scope<'_>) {
        // What replaces more is as if nothing were known.
        let input = scope.input.as_deref().filter(|_| scope.is_loaded());
        match self {
            Self::Nothing => {}
            Self::Recording(recording) => recording.enter(depth, input),
            Self::Known(known) => known.enter(depth, input),
        }
    }
}

impl<'a, O: Observer> Machine<'a, O> {
    /// What a rule comes to: as in the recorded evaluation if it is the same, or by `evaluate`.
    pub(super) fn near(
        &mut self,
        key: &Key,
        evaluate: impl FnOnce(&mut Self) -> Result<Option<Value>>,
    ) -> Result<Option<Value>> {
        if !O::RECALLS {
            return evaluate(self);
        }
        match &self.near {
            Near::Nothing => evaluate(self),
            Near::Known(Known { changes, .. }) => {
                let is_changed = changes.is_some();
                let kept = self.recorded(key);
                if let Some(kept) = kept
                    && (!self.is_reached(key)
                        || !self.is_outdated(kept) && self.comes_to_the_same(key, kept)?)
                {
                    if let Near::Known(known) = &mut self.near
                        && known.is_first(key)
                    {
                        known.is_first_same = true;
                    }
                    self.observer.retell(&kept.told);
                    self.budget.spend(kept.steps)?;
                    return Ok(kept.value.clone());
                }
                let value = evaluate(self)?;
                // Whoever compares it with what was recorded sees at once that it is the same.
                let same = kept.filter(|kept| is_changed && is_alike(value.as_ref(), kept.value.as_ref()));
                Ok(same.map_or(value, |kept| kept.value.clone()))
            }
            Near::Recording(_) => self.record(key, evaluate),
        }
    }

    /// Whether a rule comes to the same as it did in the recorded evaluation.
    fn is_same(&mut self, kept: &'a Kept) -> Result<bool> {
        if !self.has_inputs(kept) {
            return Ok(false);
        }
        if kept.asked.is_empty() {
            return Ok(true);
        }
        self.budget.enter()?;
        let is_same = with_stack(|| {
            for Asked { key, path, value, is_attempt } in &kept.asked {
                if !self.is_reached(key) {
                    continue;
                }
                // An error would not be taken back here, so nothing may be evaluated.
                let mut most = MOST_LOOKED_AT;
                if *is_attempt && !self.is_known(key, path, value.as_ref(), &mut most) {
                    return Ok(false);
                }
                if !is_alike(at(self.ask(key)?.as_ref(), path), value.as_ref()) {
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        self.budget.leave();
        Ok(is_same)
    }

    /// Whether it can be told without evaluation that a rule comes to this; up to so many rules are looked at.
    fn is_known(&self, key: &Key, path: &[Value], value: Option<&Value>, most: &mut u32) -> bool {
        let now = match key {
            Key::Document(rule) => self.memo.document(*rule).map(Option::as_ref),
            Key::Part(part) => self.memo.part(part).map(Some),
            Key::Clause(_) => None,
        };
        if let Some(now) = now {
            return is_alike(at(now, path), value);
        }
        *most = most.saturating_sub(1);
        *most > 0
            && self.change(key) <= Change::Reached
            && self.recorded(key).is_some_and(|kept| {
                (!self.is_reached(key) || !self.is_outdated(kept))
                    && self.has_inputs(kept)
                    && kept
                        .asked
                        .iter()
                        .all(|asked| self.is_known(&asked.key, &asked.path, asked.value.as_ref(), most))
            })
    }

    /// Whether what is recorded of something that a change reaches says nothing of it any more.
    fn is_outdated(&self, kept: &Kept) -> bool {
        kept.lasts && matches!(&self.near, Near::Known(Known { changes: Some(_), .. }))
    }

    /// What was recorded of a rule.
    fn recorded(&self, key: &Key) -> Option<&'a Kept> {
        let Near::Known(known) = &self.near else { return None };
        let record = known.record(self.memo.depth())?;
        match (key, known.changes) {
            (Key::Clause((clause, steps)), Some(changes)) => {
                record.clauses.get(&(changes.before(*clause)?, steps.clone()))
            }
            _ => record.kept(key),
        }
    }

    /// What a rule, or what these steps into it lead to, came to in the recorded evaluation of another program, if nothing on the way to it
    /// is changed.
    pub(super) fn unchanged(&self, id: RuleId, steps: &[Option<Value>]) -> Option<&'a Kept> {
        let Near::Known(known) = &self.near else { return None };
        known.changes.filter(|changes| changes.of_rule(id) == Change::None)?;
        let record = known.record(self.memo.depth())?;
        if steps.is_empty() { record.documents.get(&id) } else { record.parts.get(&(id, steps.to_vec())) }
    }

    /// How much of what is asked for is changed; of the same program as before, nothing but what it asks for.
    fn change(&self, key: &Key) -> Change {
        let Near::Known(Known { changes: Some(changes), .. }) = &self.near else { return Change::Reached };
        key.change(changes)
    }

    /// Whether what is asked for may come to something else than recorded: a change of the program alone leaves most as it is.
    fn is_reached(&self, key: &Key) -> bool {
        self.change(key) != Change::None
    }

    /// Whether a rule comes to the same as it did in the recorded evaluation.
    fn comes_to_the_same(&mut self, key: &Key, kept: &'a Kept) -> Result<bool> {
        match self.sets_clauses(key) {
            Some(clauses) => self.has_same_elements(key, clauses),
            None => Ok(self.is_called_alike(key, kept)? && self.is_same(kept)?),
        }
    }

    /// The clauses of a set of which each was recorded, where the program is changed.
    fn sets_clauses(&self, key: &Key) -> Option<&'a [ClauseId]> {
        let (Near::Known(Known { changes: Some(_), .. }), Key::Document(id) | Key::Part((id, _))) =
            (&self.near, key)
        else {
            return None;
        };
        let rule = self.world.program.rule(*id)?;
        (rule.kind == RuleKind::Set && rule.clauses.len() > 1).then_some(&rule.clauses)
    }

    /// The clauses of a rule that its index does not leave out.
    fn tried_clauses(&self, key: &Key) -> BTreeSet<ClauseId> {
        let (Key::Document(id) | Key::Part((id, _))) = key else { return BTreeSet::new() };
        let Some(rule) = self.world.program.rule(*id) else { return BTreeSet::new() };
        let candidates = self.candidates(rule, 0);
        let out = self.left_out(rule, candidates, 0);
        candidates.iter().copied().filter(|id| !is_left_out(&out, *id)).collect()
    }

    /// Whether those clauses of a set that may give other elements now give the same.
    fn has_same_elements(&mut self, key: &Key, clauses: &'a [ClauseId]) -> Result<bool> {
        let known: &[Option<Value>] = if let Key::Part((_, known)) = key { known } else { &[] };
        // Where the rule is written otherwise its index is another one, which may leave out other clauses.
        let tried = if self.change(key) == Change::Written { Some(self.tried_clauses(key)) } else { None };
        for id in clauses {
            let clause = Key::Clause((*id, known.to_vec()));
            if tried.as_ref().is_some_and(|tried| tried.contains(id) != self.recorded(&clause).is_some()) {
                return Ok(false);
            }
            if !self.is_reached(&clause) {
                continue;
            }
            // Left out by the index, or not recorded.
            let Some(kept) = self.recorded(&clause) else { return Ok(false) };
            let is_same = match self.change(&clause) {
                Change::Written => {
                    let now = self.clause_elements(*id, known)?;
                    is_alike(now.as_ref(), kept.value.as_ref())
                }
                Change::None | Change::Reached | Change::Called => {
                    self.is_called_alike(&clause, kept)? && self.is_same(kept)?
                }
            };
            if !is_same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a rule is written as it was, and what it called comes to the same.
    fn is_called_alike(&mut self, key: &Key, kept: &'a Kept) -> Result<bool> {
        match self.change(key) {
            Change::None | Change::Reached => return Ok(true),
            Change::Written => return Ok(false),
            Change::Called => {}
        }
        let Near::Known(Known { changes: Some(changes), .. }) = &self.near else { return Ok(false) };
        let (changes, Some(calls)) = (*changes, &kept.calls) else { return Ok(false) };
        // Where others come to something else, it might not be called: an error then counts for nothing.
        let is_alike = self.attempt_to(|machine| {
            let errors = machine.builtin_errors.len();
            for call in calls {
                if changes.of_rule(call.function) == Change::Written {
                    let is_alike = machine.is_call_alike(call)?;
                    machine.builtin_errors.truncate(errors);
                    if !is_alike {
                        return Ok(false);
                    }
                }
            }
            Ok(true)
        })?;
        Ok(is_alike == Some(true))
    }

    /// Whether what a rule looks at in the input is what it was.
    fn has_inputs(&self, kept: &Kept) -> bool {
        let input = self.scope.input.as_deref();
        kept.inputs.iter().all(|(path, then)| is_alike(at(input, path), then.as_ref()))
    }

    fn ask(&mut self, key: &Key) -> Result<Option<Value>> {
        match key {
            Key::Document(rule) => self.rule_document(*rule),
            Key::Part((id, steps)) => match self.world.program.rule(*id) {
                Some(rule) => self.part_at(*id, rule, steps.iter().cloned()).map(Some),
                None => Ok(None),
            },
            // Clauses are evaluated by their rules.
            Key::Clause(_) => Ok(None),
        }
    }
}

/// What is at a path of a document.
fn at<'v>(document: Option<&'v Value>, path: &[Value]) -> Option<&'v Value> {
    path.iter().try_fold(document?, super::reference::child)
}

pub(super) fn is_alike(now: Option<&Value>, then: Option<&Value>) -> bool {
    match (now, then) {
        (Some(now), Some(then)) => now.is_written_like(then),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Rules that ask each other may be met again and again.
const MOST_LOOKED_AT: u32 = 64;
