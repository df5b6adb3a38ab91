//! Writing down what the rules of an evaluation come to.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::super::error::Result;
use super::super::lasting::{Call, Calls};
use super::super::machine::Machine;
use super::super::observer::{Observer, Told};
use super::{Asked, Kept, Key, Near, Record, at};
use crate::program::{InputReads, RuleId};
use crate::value::Value;

/// A record that is being written.
#[derive(Debug)]
pub(in super::super) struct Recording<'a> {
    reads: &'a InputReads,
    /// For the request's own input and, as far as something stands in for that, for what does: by depth of scopes.
    levels: Vec<Option<Level>>,
    /// How many inputs that stand in for the request's may still be recorded.
    room: usize,
    /// Whether it is recorded what functions were called, too.
    has_calls: bool,
}

/// What is recorded of one input.
#[derive(Debug, Default)]
struct Level {
    /// What stands in for the request's input.
    input: Option<Value>,
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
    /// The functions that were called; nothing where that is not recorded, or of each clause.
    calls: Option<Made>,
}

/// Calls, each once.
#[derive(Debug, Default)]
struct Made {
    calls: Vec<Arc<Call>>,
    /// Where the last one with a hash is.
    seen: HashMap<u64, usize, FixedState>,
}

/// What a call of a function asked and told, for whoever gets its result without calling it again.
#[derive(Debug)]
pub(in super::super) struct CallNotes {
    asked: Vec<Asked>,
    told: Told,
    calls: Option<Calls>,
}

impl CallNotes {
    /// What it told.
    pub(in super::super) fn told(&self) -> &Told {
        &self.told
    }
}

impl<'a> Recording<'a> {
    /// Nothing was evaluated yet.
    pub(in super::super) fn new(reads: &'a InputReads) -> Self {
        Self { reads, levels: vec![Some(Level::default())], room: 0, has_calls: false }
    }

    /// As [`new`](Self::new) for evaluations of other programs. Of so many inputs that stand in for the request's it is recorded, too,
    /// what the rules come to.
    pub(in super::super) fn for_changes(reads: &'a InputReads, inputs: usize) -> Self {
        Self { room: inputs, has_calls: true, ..Self::new(reads) }
    }

    pub(super) fn into_record(mut self) -> Record {
        self.leave_to(1);
        self.levels.pop().flatten().map(|level| level.record).unwrap_or_default()
    }

    /// What stands in for the input is entered from a depth of scopes; nothing if something else is replaced, too.
    pub(super) fn enter(&mut self, depth: usize, input: Option<&Value>) {
        self.leave_to(depth);
        let level = input.filter(|_| self.room > 0).and_then(|input| {
            let known = self.levels.first_mut()?.as_mut()?.record.within.remove(input);
            if known.is_none() {
                self.room -= 1;
            }
            Some(Level { input: Some(input.clone()), record: known.unwrap_or_default(), ..Level::default() })
        });
        self.levels.push(level);
    }

    /// Puts away what was recorded at greater depths.
    fn leave_to(&mut self, depth: usize) {
        while self.levels.len() > depth.max(1) {
            let Some(Level { input: Some(input), record, .. }) = self.levels.pop().flatten() else {
                continue;
            };
            if let Some(Some(first)) = self.levels.first_mut() {
                first.record.within.insert(input, record);
            }
        }
    }

    /// A function was not called because it had been for another rule. Where it is not known what that asked and told, what the rule
    /// depends on is not known either.
    pub(super) fn repeat_call(&mut self, depth: usize, notes: Option<&CallNotes>) {
        let Some(level) = self.level(depth) else { return };
        if let Some(open) = level.open.last_mut() {
            match notes {
                Some(notes) => open.add_call(notes, level.attempts),
                None => open.is_whole = false,
            }
        }
    }

    fn level(&mut self, depth: usize) -> Option<&mut Level> {
        self.levels.get_mut(depth.checked_sub(1)?)?.as_mut()
    }

    fn open(&mut self, depth: usize, errors: usize, steps_before: u64) {
        let calls = self.has_calls.then(Made::default);
        let Some(level) = self.level(depth) else { return };
        level.open.push(Open {
            calls,
            asked: Vec::new(),
            is_whole: true,
            attempts: level.attempts,
            errors,
            steps_before,
            steps_of_others: 0,
        });
    }
}

impl Made {
    fn add(&mut self, call: &Arc<Call>) {
        let known = self.seen.insert(call.hash(), self.calls.len());
        match known.and_then(|at| Some((at, self.calls.get(at)?))) {
            // Another one with the same hash may be there twice.
            Some((at, same)) if Arc::ptr_eq(same, call) || same.is_like(call) => {
                self.seen.insert(call.hash(), at);
            }
            Some(_) | None => self.calls.push(Arc::clone(call)),
        }
    }

    fn into_calls(self) -> Calls {
        self.calls.into()
    }
}

impl Open {
    /// Adds what a function asked and called that was called, or would have been.
    fn add_call(&mut self, CallNotes { asked, calls, .. }: &CallNotes, attempts: usize) {
        self.called(calls.as_deref());
        for one in asked {
            let is_attempt = one.is_attempt || attempts > self.attempts;
            add(&mut self.asked, Asked { is_attempt, ..one.clone() });
        }
    }

    /// Functions were called; nothing if it is not known which.
    fn called(&mut self, calls: Option<&[Arc<Call>]>) {
        let (Some(made), Some(calls)) = (&mut self.calls, calls) else {
            self.calls = None;
            return;
        };
        for call in calls {
            made.add(call);
        }
        if made.calls.len() > MOST_CALLS {
            self.calls = None;
        }
    }
}

impl<O: Observer> Machine<'_, O> {
    /// What is being recorded at a depth of scopes, if anything is.
    fn level(&mut self, depth: usize) -> Option<&mut Level> {
        if !O::RECALLS {
            return None;
        }
        if let Near::Recording(recording) = &mut self.near { recording.level(depth) } else { None }
    }

    /// An attempt starts at a depth of scopes.
    pub(in super::super) fn enter_attempt(&mut self, depth: usize) {
        if let Some(level) = self.level(depth) {
            level.attempts += 1;
        }
    }

    /// An attempt is over that started at a depth of scopes; an error may have left deeper ones.
    pub(in super::super) fn leave_attempt(&mut self, depth: usize) {
        if let Some(level) = self.level(depth) {
            level.attempts = level.attempts.saturating_sub(1);
        }
    }

    /// Writes down that a rule was asked and what it came to.
    pub(in super::super) fn note_asked(
        &mut self,
        key: impl FnOnce() -> Key,
        path: impl FnOnce() -> Vec<Value>,
        value: Option<&Value>,
    ) {
        if let Some(level) = self.level(self.memo.depth()) {
            let (asked, attempts) = match level.open.last_mut() {
                Some(open) => (&mut open.asked, open.attempts),
                None => (&mut level.record.asked, 0),
            };
            let (key, path) = (key(), path());
            let value = at(value, &path).cloned();
            add(asked, Asked { key, path, value, is_attempt: level.attempts > attempts });
        }
    }

    pub(super) fn record(
        &mut self,
        key: &Key,
        evaluate: impl FnOnce(&mut Self) -> Result<Option<Value>>,
    ) -> Result<Option<Value>> {
        // An error may leave deeper scopes than this one.
        let (errors, steps_before, depth) = (self.errors_so_far(), self.budget.steps(), self.memo.depth());
        if !self.opens(depth, errors, steps_before) {
            return evaluate(self);
        }
        self.observer.listen();
        let value = evaluate(self);
        let told = self.observer.heard();
        if let Key::Clause(_) = key {
            // Its rule told it.
            self.observer.retell(&told);
        }
        let (errors, steps) = (self.errors_so_far(), self.budget.steps());
        let input = self.scope.input.as_deref();
        if let Near::Recording(recording) = &mut self.near
            && let reads = recording.reads
            && let Some(level) = recording.level(depth)
            && let Some(open) = level.open.pop()
        {
            let all_steps = steps.wrapping_sub(open.steps_before);
            if let Some(outer) = level.open.last_mut() {
                if let Key::Clause(_) = key {
                    // Its rule did all of that; but what it called is known of each clause.
                    outer.calls = None;
                    outer.steps_of_others += open.steps_of_others;
                    outer.is_whole &= open.is_whole;
                    open.asked.iter().for_each(|asked| add(&mut outer.asked, asked.clone()));
                } else {
                    outer.steps_of_others += all_steps;
                }
            }
            let input_at = |path: &[Value]| (Box::from(path), at(input, path).cloned());
            let inputs = match key {
                Key::Document(rule) | Key::Part((rule, _)) => {
                    reads.places(*rule).map(|places| places.map(input_at).collect())
                }
                Key::Clause((clause, _)) => {
                    reads.places_of_clause(*clause).map(|places| places.map(input_at).collect())
                }
            };
            if let (Ok(value), Some(inputs)) = (&value, inputs)
                && open.is_whole
                && open.errors == errors
            {
                let steps = all_steps.saturating_sub(open.steps_of_others);
                let Open { asked, calls, .. } = open;
                let calls = calls.map(Made::into_calls);
                let kept = Kept { value: value.clone(), inputs, asked, calls, told, steps, lasts: false };
                match key {
                    Key::Document(rule) => level.record.documents.insert(*rule, kept),
                    Key::Part(part) => level.record.parts.insert(part.clone(), kept),
                    Key::Clause(part) => level.record.clauses.insert(part.clone(), kept),
                };
            }
        }
        value
    }

    /// Something is recorded from now on; answers whether anything is at this depth of scopes.
    fn opens(&mut self, depth: usize, errors: usize, steps_before: u64) -> bool {
        let is_recorded = self.level(depth).is_some();
        if let Near::Recording(recording) = &mut self.near {
            recording.open(depth, errors, steps_before);
        }
        is_recorded
    }

    /// Whether it is recorded what functions are called.
    pub(in super::super) fn records_calls(&self) -> bool {
        O::RECALLS && matches!(&self.near, Near::Recording(recording) if recording.has_calls)
    }

    /// Writes down that a function was called and what it came to.
    pub(in super::super) fn note_call(
        &mut self,
        (function, args): &(RuleId, Vec<Value>),
        value: Option<&Value>,
    ) {
        if self.records_calls() {
            let call = Call::new(*function, args.as_slice().into(), value.cloned());
            self.note_calls(Some(&[Arc::new(call)]));
        }
    }

    /// Writes down that a call was made, by which others were; nothing of them if it is not known which.
    pub(in super::super) fn note_lasting(&mut self, call: &Arc<Call>, made: Option<&[Arc<Call>]>) {
        if self.records_calls() {
            self.note_calls(Some(std::slice::from_ref(call)));
            self.note_calls(made);
        }
    }

    fn note_calls(&mut self, calls: Option<&[Arc<Call>]>) {
        if let Some(level) = self.level(self.memo.depth())
            && let Some(open) = level.open.last_mut()
        {
            open.called(calls);
        }
    }

    /// Evaluates what asks and reads for nobody but itself; answers also which functions it called if that is recorded.
    pub(in super::super) fn noting_calls<T>(
        &mut self,
        evaluate: impl FnOnce(&mut Self) -> Result<T>,
    ) -> (Result<T>, Option<Calls>) {
        let depth = self.memo.depth();
        if !self.opens(depth, 0, 0) {
            return (evaluate(self), None);
        }
        let value = evaluate(self);
        let open = self.level(depth).and_then(|level| level.open.pop());
        (value, open.and_then(|open| open.calls).map(Made::into_calls))
    }

    /// Writes down what a rule comes to in every evaluation, or what these steps into it lead to.
    pub(in super::super) fn record_lasting(
        &mut self,
        id: RuleId,
        steps: &[Option<Value>],
        value: Option<&Value>,
    ) {
        let Some(level) = self.level(self.memo.depth()) else { return };
        let kept = || Kept {
            value: value.cloned(),
            inputs: Vec::new(),
            asked: Vec::new(),
            calls: None,
            told: Told::default(),
            steps: 0,
            lasts: true,
        };
        let record = &mut level.record;
        if steps.is_empty() {
            record.documents.entry(id).or_insert_with(kept);
        } else {
            record.parts.entry((id, steps.to_vec())).or_insert_with(kept);
        }
    }

    /// How many errors there were that belong to each evaluation. Whoever asks changed policies asks for verdicts alone, and for them an
    /// error of a built-in function is undefined.
    fn errors_so_far(&self) -> usize {
        self.late_errors.len() + if self.records_calls() { 0 } else { self.builtin_errors.len() }
    }

    /// Calls a function whose result may be needed again, and notes what it asked and told if that is recorded.
    pub(in super::super) fn noted<T>(
        &mut self,
        call: impl FnOnce(&mut Self) -> Result<T>,
    ) -> (Result<T>, Option<CallNotes>) {
        let (errors, depth) = (self.errors_so_far(), self.memo.depth());
        if !self.opens(depth, errors, 0) {
            return (call(self), None);
        }
        self.observer.listen();
        let value = call(self);
        let told = self.observer.heard();
        self.observer.retell(&told);
        let is_without_errors = self.errors_so_far() == errors;
        let Some(level) = self.level(depth) else { return (value, None) };
        let Some(open) = level.open.pop() else { return (value, None) };
        let notes = CallNotes { asked: open.asked, told, calls: open.calls.map(Made::into_calls) };
        if let Some(outer) = level.open.last_mut() {
            // Whoever calls it does all of that.
            outer.steps_of_others += open.steps_of_others;
            outer.is_whole &= open.is_whole;
            outer.add_call(&notes, level.attempts);
        }
        (value, (open.is_whole && is_without_errors).then_some(notes))
    }
}

/// Adds what was asked unless it was before.
fn add(known: &mut Vec<Asked>, asked: Asked) {
    if !known.iter().any(|known| known.key == asked.key && asked.path.starts_with(&known.path)) {
        known.push(asked);
    }
}

/// Who calls functions more often than that is evaluated again when one of them is changed.
const MOST_CALLS: usize = 20_000;
