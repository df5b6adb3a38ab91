//! Counts for coverage what rules, clauses and literals do.

use super::observer::{Observer, View};
use crate::coverage::hits::{Hits, count};
use crate::program::{ClauseId, LiteralId, Program, RuleId};
use crate::value::Value;

/// Counts into [`Hits`] of the program that is evaluated.
#[derive(Debug)]
pub(super) struct Cover<'h> {
    program: &'h Program,
    hits: &'h mut Hits,
    shortcuts: Shortcuts,
    rules: Vec<OpenRule>,
    /// The clauses that the open rules with an early exit can try, those of the innermost last.
    candidates: Vec<ClauseId>,
    /// The literals that have begun and not ended, and whether they held.
    literals: Vec<(LiteralId, bool)>,
}

/// Which shortcuts OPA takes that coverage can do without, to see what they hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shortcuts {
    /// All of them.
    All,
    /// Every clause is tried that has the rule's name.
    NoIndex,
    /// Every clause is tried, whatever those before it came to.
    NoEarlyExit,
}

#[derive(Debug)]
struct OpenRule {
    id: RuleId,
    /// Where its candidates start.
    candidates: usize,
    /// The position among them of the last that was tried.
    tried: Option<usize>,
    is_decided: bool,
}

impl<'h> Cover<'h> {
    pub(super) fn new(program: &'h Program, hits: &'h mut Hits, shortcuts: Shortcuts) -> Self {
        Self { program, hits, shortcuts, rules: Vec::new(), candidates: Vec::new(), literals: Vec::new() }
    }
}

impl Observer for Cover<'_> {
    const AS_OPA: bool = true;
    const EXCLUDED: bool = true;

    fn uses_index(&self) -> bool {
        self.shortcuts != Shortcuts::NoIndex
    }

    fn exits_early(&self) -> bool {
        self.shortcuts != Shortcuts::NoEarlyExit
    }

    fn rule(&mut self, rule: RuleId, candidates: &[ClauseId], early_exit: bool) {
        if let Some(hits) = self.hits.rule_mut(rule) {
            count(&mut hits.asked, 1);
        }
        for id in candidates {
            if let Some(hits) = self.hits.clause_mut(*id) {
                count(&mut hits.candidate, 1);
            }
        }
        let start = self.candidates.len();
        if early_exit {
            self.candidates.extend_from_slice(candidates);
        }
        self.rules.push(OpenRule { id: rule, candidates: start, tried: None, is_decided: false });
    }

    fn excluded(&mut self, literals: &[LiteralId]) {
        for id in literals {
            if let Some(hits) = self.hits.literal_mut(*id) {
                count(&mut hits.failed, 1);
            }
        }
    }

    fn decided(&mut self, rule: RuleId, value: Option<&Value>, _: &View<'_>) {
        while let Some(open) = self.rules.pop() {
            let after = open.tried.filter(|_| open.is_decided).map_or(usize::MAX, |at| at + 1);
            for id in self.candidates.get(after..).unwrap_or_default() {
                if let Some(hits) = self.hits.clause_mut(*id) {
                    count(&mut hits.skipped, 1);
                }
            }
            self.candidates.truncate(open.candidates);
            if open.id == rule {
                break;
            }
        }
        if let Some(hits) = self.hits.rule_mut(rule) {
            count(if allows(value) { &mut hits.allowed } else { &mut hits.denied }, 1);
        }
    }

    fn enter(&mut self, clause: ClauseId) {
        if let Some(hits) = self.hits.clause_mut(clause) {
            count(&mut hits.entered, 1);
        }
        if let Some(open) = self.rules.last_mut() {
            let own = self.candidates.get(open.candidates..).unwrap_or_default();
            if let Some(at) = own.iter().position(|id| *id == clause) {
                open.tried = Some(open.candidates + at);
            }
        }
    }

    fn exit(&mut self, clause: ClauseId, _: &View<'_>) {
        if let Some(hits) = self.hits.clause_mut(clause) {
            count(&mut hits.held, 1);
        }
        let is_default = self.program.clause(clause).is_none_or(|clause| clause.default);
        if let Some(open) = self.rules.last_mut().filter(|_| !is_default) {
            open.is_decided = true;
        }
    }

    fn literal(&mut self, literal: LiteralId) {
        if let Some(hits) = self.hits.literal_mut(literal) {
            count(&mut hits.evaluated, 1);
        }
        self.literals.push((literal, false));
    }

    fn held(&mut self, literal: LiteralId) {
        if let Some(hits) = self.hits.literal_mut(literal) {
            count(&mut hits.held, 1);
        }
        if let Some((_, held)) = self.literals.iter_mut().rev().find(|(id, _)| *id == literal) {
            *held = true;
        }
    }

    fn failed(&mut self, literal: LiteralId, _: &View<'_>) {
        // An error that an evaluation went on after leaves literals open.
        while let Some((id, held)) = self.literals.pop() {
            if id == literal {
                if !held && let Some(hits) = self.hits.literal_mut(literal) {
                    count(&mut hits.failed, 1);
                }
                break;
            }
        }
    }
}

/// Whether a decision with this value lets somebody do something. An object that says so itself, as those with reasons
/// do, is taken at its word.
fn allows(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Bool(false)) => false,
        Some(Value::Array(array)) => !array.is_empty(),
        Some(Value::Object(object)) => {
            let said = SAYS_SO.into_iter().find_map(|name| object.get_str(name).and_then(Value::as_bool));
            said.unwrap_or(!object.is_empty())
        }
        Some(Value::Set(set)) => !set.is_empty(),
        Some(Value::Null | Value::Bool(true) | Value::Number(_) | Value::String(_)) => true,
    }
}

/// The members of objects that say whether something may be done, as integrations of OPA read them.
const SAYS_SO: [&str; 2] = ["allow", "allowed"];
