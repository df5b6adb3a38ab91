//! Evaluations over inputs that are a little different from a known one: a rule that looks at nothing that is different comes to the same,
//! and is not evaluated again.
//!
//! One evaluation is recorded: what each rule came to, which other rules it asked and what those came to, and what it told the observer. In
//! an evaluation near it a rule is the same if what it looks at in the input is, and if the rules that it asked come to the same once more.
//! They are asked in their order, and none after the first that is different: up to there the rule would have asked them too. So
//! whatever depends on the order of evaluation is as if everything were evaluated.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Result;
use super::machine::Machine;
use super::observer::{Observer, Told};
use crate::program::{ClauseId, InputReads, RuleId};
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
struct Kept {
    value: Option<Value>,
    /// What it looks at in the input, and what was there.
    inputs: Vec<(Box<[Value]>, Option<Value>)>,
    /// The rules that it asked, in this order.
    asked: Vec<Asked>,
    /// What the observer was told meanwhile, without what those rules told.
    told: Told,
    /// How many steps its evaluation took, without theirs.
    steps: u64,
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

/// What an evaluation has to do with others.
#[derive(Debug)]
pub(super) enum Near<'a> {
    /// Nothing.
    Nothing,
    /// It is recorded.
    Recording(Recording<'a>),
    /// It is near another one.
    Known(&'a Record),
}

/// A record that is being written.
#[derive(Debug)]
pub(super) struct Recording<'a> {
    reads: &'a InputReads,
    record: Record,
    /// The rules that are being evaluated, the innermost last.
    open: Vec<Open>,
    /// How many attempts are under way.
    attempts: usize,
}

/// A rule that is being evaluated.
#[derive(Debug)]
struct Open {
    asked: Vec<Asked>,
    is_whole: bool,
    attempts: usize,
    errors: usize,
    steps_before: u64,
    steps_of_others: u64,
    /// What the observer was told by its clauses, as far as these are kept apart.
    told: Vec<(usize, u64)>,
}

impl<'a> Recording<'a> {
    /// Nothing was evaluated yet.
    pub(super) fn new(reads: &'a InputReads) -> Self {
        Self { reads, record: Record::default(), open: Vec::new(), attempts: 0 }
    }
}

impl Near<'_> {
    /// What was recorded.
    pub(super) fn into_record(self) -> Record {
        match self {
            Self::Recording(recording) => recording.record,
            Self::Nothing | Self::Known(_) => Record::default(),
        }
    }

    /// An attempt starts.
    pub(super) fn enter_attempt(&mut self) {
        if let Self::Recording(recording) = self {
            recording.attempts += 1;
        }
    }

    /// An attempt is over.
    pub(super) fn leave_attempt(&mut self) {
        if let Self::Recording(recording) = self {
            recording.attempts = recording.attempts.saturating_sub(1);
        }
    }

    /// Something was not evaluated because it had been for another rule: what that told is not known here.
    pub(super) fn miss(&mut self) {
        if let Self::Recording(recording) = self
            && let Some(open) = recording.open.last_mut()
        {
            open.is_whole = false;
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
        if !O::RECALLS || self.memo.depth() > 1 {
            return evaluate(self);
        }
        match &self.near {
            Near::Nothing => evaluate(self),
            Near::Known(_) => {
                if let Some(kept) = self.recorded(key)
                    && self.is_same(kept)?
                {
                    self.observer.retell(&kept.told);
                    self.budget.spend(kept.steps)?;
                    return Ok(kept.value.clone());
                }
                evaluate(self)
            }
            Near::Recording(_) => self.record(key, evaluate),
        }
    }

    /// Writes down that a rule was asked and what it came to.
    pub(super) fn note_asked(
        &mut self,
        key: impl FnOnce() -> Key,
        path: impl FnOnce() -> Vec<Value>,
        value: Option<&Value>,
    ) {
        if !O::RECALLS {
            return;
        }
        if let Near::Recording(recording) = &mut self.near
            && self.memo.depth() == 1
        {
            let (asked, attempts) = match recording.open.last_mut() {
                Some(open) => (&mut open.asked, open.attempts),
                None => (&mut recording.record.asked, 0),
            };
            let (key, path) = (key(), path());
            let value = at(value, &path).cloned();
            add(asked, Asked { key, path, value, is_attempt: recording.attempts > attempts });
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
            && self.recorded(key).is_some_and(|kept| {
                self.has_inputs(kept)
                    && kept
                        .asked
                        .iter()
                        .all(|asked| self.is_known(&asked.key, &asked.path, asked.value.as_ref(), most))
            })
    }

    fn recorded(&self, key: &Key) -> Option<&'a Kept> {
        let Near::Known(record) = &self.near else { return None };
        record.kept(key)
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

    fn record(
        &mut self,
        key: &Key,
        evaluate: impl FnOnce(&mut Self) -> Result<Option<Value>>,
    ) -> Result<Option<Value>> {
        let (errors, steps_before) =
            (self.builtin_errors.len() + self.late_errors.len(), self.budget.steps());
        if let Near::Recording(recording) = &mut self.near {
            recording.open.push(Open {
                asked: Vec::new(),
                is_whole: true,
                attempts: recording.attempts,
                errors,
                steps_before,
                steps_of_others: 0,
                told: Vec::new(),
            });
        }
        self.observer.listen();
        let value = evaluate(self);
        let told = self.observer.heard();
        let (errors, steps) = (self.builtin_errors.len() + self.late_errors.len(), self.budget.steps());
        let input = self.scope.input.as_deref();
        if let Near::Recording(recording) = &mut self.near
            && let Some(open) = recording.open.pop()
        {
            let all_steps = steps.wrapping_sub(open.steps_before);
            let told = Told(open.told.iter().chain(&told.0).copied().collect());
            if let Some(outer) = recording.open.last_mut() {
                if let Key::Clause(_) = key {
                    // Its rule did all of that.
                    outer.steps_of_others += open.steps_of_others;
                    outer.is_whole &= open.is_whole;
                    outer.told.extend(&told.0);
                    open.asked.iter().for_each(|asked| add(&mut outer.asked, asked.clone()));
                } else {
                    outer.steps_of_others += all_steps;
                }
            }
            let input_at = |path: &[Value]| (Box::from(path), at(input, path).cloned());
            let inputs = match key {
                Key::Document(rule) | Key::Part((rule, _)) => {
                    recording.reads.places(*rule).map(|places| places.map(input_at).collect())
                }
                Key::Clause((clause, _)) => {
                    recording.reads.places_of_clause(*clause).map(|places| places.map(input_at).collect())
                }
            };
            if let (Ok(value), Some(inputs)) = (&value, inputs)
                && open.is_whole
                && open.errors == errors
            {
                let steps = all_steps.saturating_sub(open.steps_of_others);
                let kept = Kept { value: value.clone(), inputs, asked: open.asked, told, steps };
                match key {
                    Key::Document(rule) => recording.record.documents.insert(*rule, kept),
                    Key::Part(part) => recording.record.parts.insert(part.clone(), kept),
                    Key::Clause(part) => recording.record.clauses.insert(part.clone(), kept),
                };
            }
        }
        value
    }
}

/// Adds what was asked unless it was before.
fn add(known: &mut Vec<Asked>, asked: Asked) {
    if !known.iter().any(|known| known.key == asked.key && asked.path.starts_with(&known.path)) {
        known.push(asked);
    }
}

/// What is at a path of a document.
fn at<'v>(document: Option<&'v Value>, path: &[Value]) -> Option<&'v Value> {
    path.iter().try_fold(document?, super::reference::child)
}

fn is_alike(now: Option<&Value>, then: Option<&Value>) -> bool {
    match (now, then) {
        (Some(now), Some(then)) => now.is_written_like(then),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Rules that ask each other may be met again and again.
const MOST_LOOKED_AT: u32 = 64;
