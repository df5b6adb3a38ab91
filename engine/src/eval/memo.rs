//! What was evaluated already. Values hold for one input and one set of replacements: each `with` starts anew; but for those that
//! depend on neither, which are kept from one evaluation to the next.

use std::collections::BTreeMap;

use super::group::Groups;
use super::lasting::Lasting;
use super::near::CallNotes;
use crate::program::{GroupingId, Program, RuleId};
use crate::value::Value;

/// The values of rules and calls.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// By rule: for which epoch the value holds, and the value, if there is one.
    documents: Vec<Option<(u64, Option<Value>)>>,
    /// The rules that have a value, of whatever epoch.
    evaluated: Vec<RuleId>,
    /// The values that rules have in every evaluation, or that they have none, as far as that is known.
    settled: BTreeMap<RuleId, Option<Value>>,
    /// The same and more, for whoever asks again and again.
    pub(super) lasting: Lasting,
    /// By rule: how often it was called, and in which epoch.
    called: Vec<(u64, u32)>,
    /// By grouping: for which epoch the groups hold.
    groups: Vec<(u64, Groups)>,
    /// The groupings that were asked for.
    grouped: Vec<GroupingId>,
    epoch: u64,
    newest: u64,
    frames: Vec<Frame>,
}

/// What holds for one epoch only.
#[derive(Debug, Default)]
struct Frame {
    epoch: u64,
    calls: BTreeMap<(RuleId, Vec<Value>), Called>,
    parts: BTreeMap<(RuleId, Vec<Option<Value>>), Value>,
}

/// What a call of a function came to.
#[derive(Debug)]
pub(super) struct Called {
    pub(super) value: Value,
    /// What it asked and told, if that is recorded.
    pub(super) notes: Option<CallNotes>,
}

impl Memo {
    /// For evaluations of this program.
    pub(super) fn new(program: &Program) -> Self {
        let rules = program.rules.len();
        let mut memo = Self {
            documents: vec![None; rules],
            called: vec![(0, 0); rules],
            groups: (0..program.groupings).map(|_| (0, Groups::Unknown)).collect(),
            ..Self::default()
        };
        memo.push();
        memo
    }

    /// Forgets everything but what is settled, for the next evaluation.
    pub(super) fn restart(&mut self) {
        for rule in self.evaluated.drain(..) {
            if let Some(entry) = self.documents.get_mut(rule.0 as usize) {
                *entry = None;
            }
        }
        for id in self.grouped.drain(..) {
            if let Some(entry) = self.groups.get_mut(id.0 as usize) {
                *entry = (0, Groups::Unknown);
            }
        }
        self.frames.clear();
        self.push();
    }

    /// How often was [started anew](Self::push).
    pub(super) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Goes back to what was known at a [depth](Self::depth).
    pub(super) fn leave_to(&mut self, depth: usize) {
        while self.frames.len() > depth {
            self.pop();
        }
    }

    /// Starts anew until the matching [`pop`](Self::pop).
    pub(super) fn push(&mut self) {
        self.newest = self.newest.wrapping_add(1);
        self.epoch = self.newest;
        self.frames.push(Frame { epoch: self.epoch, ..Frame::default() });
    }

    /// Goes back to what was known before.
    pub(super) fn pop(&mut self) {
        self.frames.pop();
        self.epoch = self.frames.last().map_or(0, |frame| frame.epoch);
    }

    /// The value of a rule, or that it has none; nothing if it was not evaluated.
    pub(super) fn document(&self, rule: RuleId) -> Option<&Option<Value>> {
        match self.documents.get(rule.0 as usize) {
            Some(Some((epoch, value))) if *epoch == self.epoch => Some(value),
            Some(_) | None => None,
        }
    }

    pub(super) fn put_document(&mut self, rule: RuleId, value: Option<Value>) {
        if let Some(entry) = self.documents.get_mut(rule.0 as usize) {
            if entry.is_none() {
                self.evaluated.push(rule);
            }
            *entry = Some((self.epoch, value));
        }
    }

    /// The value of a settled rule, or that it has none; nothing if that is not known yet.
    pub(super) fn settled(&self, rule: RuleId) -> Option<&Option<Value>> {
        self.settled.get(&rule)
    }

    pub(super) fn settle(&mut self, rule: RuleId, value: Option<Value>) {
        self.settled.insert(rule, value);
    }

    /// Counts a call; answers whether there have been so many that it pays to keep what they return.
    ///
    /// However often functions call each other, each is evaluated a few times for the same arguments at most.
    pub(super) fn counts(&mut self, rule: RuleId) -> bool {
        let Some((epoch, calls)) = self.called.get_mut(rule.0 as usize) else { return true };
        if *epoch != self.epoch {
            (*epoch, *calls) = (self.epoch, 0);
        }
        *calls = calls.saturating_add(1);
        *calls > CALLS_NOT_KEPT
    }

    pub(super) fn call(&self, key: &(RuleId, Vec<Value>)) -> Option<&Called> {
        self.frames.last()?.calls.get(key)
    }

    pub(super) fn put_call(&mut self, key: (RuleId, Vec<Value>), value: Called) {
        if let Some(frame) = self.frames.last_mut() {
            frame.calls.insert(key, value);
        }
    }

    /// The groups of a comprehension, to be [put back](Self::put_groups).
    pub(super) fn take_groups(&mut self, id: GroupingId) -> Groups {
        match self.groups.get_mut(id.0 as usize) {
            Some((epoch, groups)) if *epoch == self.epoch => std::mem::take(groups),
            Some(_) | None => Groups::Unknown,
        }
    }

    pub(super) fn put_groups(&mut self, id: GroupingId, groups: Groups) {
        if let Some(entry) = self.groups.get_mut(id.0 as usize) {
            if matches!(groups, Groups::Once) {
                self.grouped.push(id);
            }
            *entry = (self.epoch, groups);
        }
    }

    pub(super) fn part(&self, key: &(RuleId, Vec<Option<Value>>)) -> Option<&Value> {
        self.frames.last()?.parts.get(key)
    }

    pub(super) fn put_part(&mut self, key: (RuleId, Vec<Option<Value>>), value: Value) {
        if let Some(frame) = self.frames.last_mut() {
            frame.parts.insert(key, value);
        }
    }
}

/// Most functions are called once or twice for an input, and then the bookkeeping would cost more than the call.
const CALLS_NOT_KEPT: u32 = 2;
