//! Asks both versions about an input, and sees what is different and which clauses make it so.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::class::Class;
use super::focus::{Mention, Novel};
use super::goal::Words;
use super::normal::Changed;
use super::side::Side;
use super::{Answer, Versions};
use crate::probe::decision::Verdict;
use crate::probe::edit::{Case, Edit};
use crate::probe::pool::Pools;
use crate::probe::reach::clauses;
use crate::probe::steps::Steps;
use crate::probe::subject::Subject;
use crate::program::{Body, ClauseId, LiteralId, Operation, Program};
use crate::value::Value;

/// What is looked for, and with what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goal<'g> {
    pub(super) versions: Versions<'g>,
    pub(super) changed: &'g Changed,
    pub(super) novel: &'g Novel,
    pub(super) pools: &'g Pools,
    pub(super) words: &'g Words,
}

/// A case of each version with the same input.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pair {
    pub(super) old: Case,
    pub(super) new: Case,
}

/// A pair that is decided otherwise.
#[derive(Debug, Clone)]
pub(super) struct Twins {
    pub(super) key: Key,
    /// What of the input only one version knows.
    pub(super) mention: Mention,
    pub(super) seed: Arc<str>,
    pub(super) origin: Pair,
    pub(super) edits: Vec<Edit>,
    pub(super) pair: Pair,
}

/// What differences have in common that are told together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) class: Class,
    /// The clauses that decide, of the version that lets somebody in.
    pub(super) deciding: Vec<ClauseId>,
    /// The clauses that only the new version has and that held.
    pub(super) added: Vec<ClauseId>,
    /// The clauses that only the old version has and that held.
    pub(super) removed: Vec<ClauseId>,
}

impl Twins {
    /// How hard it is to read.
    pub(super) fn weight(&self) -> (usize, usize) {
        (self.edits.len(), self.edits.iter().map(|edit| edit.to_string().len()).sum())
    }
}

impl Pair {
    /// The pair with an edit of what both have; nothing if it changes neither.
    pub(super) fn with(&self, edit: &Edit) -> Option<Self> {
        let (old, new) = (edit.apply(&self.old), edit.apply(&self.new));
        if old.is_none() && new.is_none() {
            return None;
        }
        let old = old.unwrap_or_else(|| self.old.clone());
        let new = new.unwrap_or_else(|| self.new.clone());
        Some(Self { old, new })
    }

    /// The pair with another input.
    pub(super) fn with_input(&self, input: Option<Value>) -> Self {
        let old = Case { input: input.clone(), data: self.old.data.clone() };
        Self { old, new: Case { input, data: self.new.data.clone() } }
    }
}

/// Asks both versions and sees what is different.
#[derive(Debug)]
pub(super) struct Asker<'g> {
    goal: Goal<'g>,
    old: Follower<'g>,
    new: Follower<'g>,
}

#[derive(Debug)]
struct Follower<'g> {
    side: Side<'g>,
    steps: Steps,
    /// The literals of the clauses that only this version has.
    marked: Vec<LiteralId>,
    /// The clauses of the decision itself.
    deciding: BTreeSet<ClauseId>,
}

/// The way that each version's evaluation went.
pub(super) type Way = (u64, u64);

/// What both versions say of a pair.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) old: Answer,
    pub(super) new: Answer,
    pub(super) key: Option<Key>,
    pub(super) way: Way,
    /// How near it is to what changed: how much of it held that only one version has, and whether somebody is let in.
    pub(super) nearness: u32,
}

impl<'g> Asker<'g> {
    pub(super) fn new(goal: &Goal<'g>) -> Self {
        let Versions { old, new } = goal.versions;
        Self {
            goal: *goal,
            old: Follower::new(old, &goal.changed.old),
            new: Follower::new(new, &goal.changed.new),
        }
    }

    /// The class of what both say; nothing if it is the same.
    pub(super) fn class(&mut self, pair: &Pair) -> Option<Class> {
        let old = self.old.side.ask(&pair.old.data, pair.old.input.as_ref());
        let new = self.new.side.ask(&pair.new.data, pair.new.input.as_ref());
        Class::of(&old, &new)
    }

    pub(super) fn ask(&mut self, pair: &Pair) -> Asked {
        let old = self.old.follow(&pair.old);
        let new = self.new.follow(&pair.new);
        let way = (self.old.steps.signature(), self.new.steps.signature());
        let changed = self.goal.changed;
        let key = Class::of(&old, &new).map(|class| {
            let lets_in = match class {
                Class::NewlyAllowed | Class::DenyToError | Class::ReasonOnly => &self.new,
                Class::NewlyDenied | Class::AllowToError => &self.old,
            };
            let held = |of: &Follower<'_>, clauses: &BTreeSet<ClauseId>| -> Vec<ClauseId> {
                clauses.iter().filter(|clause| of.steps.held(**clause)).copied().collect()
            };
            Key {
                class,
                deciding: held(lets_in, &lets_in.deciding),
                added: held(&self.new, &changed.new),
                removed: held(&self.old, &changed.old),
            }
        });
        let allows = [&old, &new].into_iter().any(|answer| answer.verdict == Verdict::Allow);
        let nearness = 2 * (self.old.held() + self.new.held()) + u32::from(allows);
        Asked { old, new, key, way, nearness }
    }
}

impl<'g> Follower<'g> {
    fn new(subject: &'g Subject, changed: &BTreeSet<ClauseId>) -> Self {
        let program = subject.policy.program();
        let rule = subject.decision.rule(program);
        Self {
            side: Side::new(subject),
            steps: Steps::new(program),
            marked: changed.iter().flat_map(|clause| literals(program, *clause)).collect(),
            deciding: rule.map(|rule| clauses(program, rule)).unwrap_or_default().into_iter().collect(),
        }
    }

    fn follow(&mut self, case: &Case) -> Answer {
        self.side.follow(&case.data, case.input.as_ref(), &mut self.steps)
    }

    /// How many literals held that only this version has; those that were evaluated and did not hold count half.
    fn held(&self) -> u32 {
        let of = |literal: &LiteralId| match self.steps.outcome(*literal) {
            (true, _) => 2,
            (false, true) => 1,
            (false, false) => 0,
        };
        self.marked.iter().map(of).sum()
    }
}

/// The literals of a clause's body and those inside of them.
fn literals(program: &Program, clause: ClauseId) -> Vec<LiteralId> {
    let mut found = Vec::new();
    let mut open: Vec<&Body> = program.clause(clause).map(|clause| &clause.body).into_iter().collect();
    while let Some(body) = open.pop() {
        for literal in &body.literals {
            found.push(literal.id);
            match &literal.operation {
                Operation::Not(inner) => open.push(inner),
                Operation::Every(every) => open.push(&every.body),
                Operation::And(left, right) | Operation::Or(left, right) => open.extend([left, right]),
                Operation::Collect(_, comprehension) => open.push(&comprehension.body),
                Operation::Unify(..)
                | Operation::Lookup(..)
                | Operation::Test(_)
                | Operation::Truth(_)
                | Operation::Call(_) => {}
            }
        }
    }
    found
}
