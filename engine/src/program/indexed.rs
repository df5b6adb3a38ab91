//! What of OPA's index of comprehensions can be seen.
//!
//! OPA evaluates some comprehensions once for all values of the variables around them, and looks up what belongs to the values
//! that these have. Then keys of objects have the last of several values, and what fails for other values fails too.

use std::collections::BTreeMap;

use super::{
    Body, Comprehension, ComprehensionHead, EarlyExit, Function, GroupingId, Operation, Program, Ref, RuleId,
    RuleKind, Slot, Start, Target, Term, slots,
};
use crate::stack::with_stack;

/// That OPA indexes a comprehension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    /// The variables from around it by which it is looked up.
    pub keys: Vec<Slot>,
    /// The name of what is collected for all values, and when these have to be evaluated; none where it can't be seen.
    pub whole: Option<(GroupingId, Fails)>,
}

/// When something that fails in a comprehension is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fails {
    /// When errors of built-in functions are strict.
    WhenStrict,
    /// Always; or it prints.
    Always,
}

/// Finds the comprehensions whose evaluation for other values can be seen.
pub(super) fn find(program: &mut Program) {
    let mut found = Vec::new();
    let mut risks = Risks { program, rules: BTreeMap::new() };
    for clause in &program.clauses {
        each(&clause.body, &mut |comprehension| {
            let fails = risks.body(&comprehension.body);
            found.push(fails.filter(|_| has_keys_in_time(comprehension)));
        });
    }
    let mut found = found.into_iter();
    let mut count = program.groupings;
    for clause in &mut program.clauses {
        each_mut(&mut clause.body, &mut |indexed| {
            let Some(fails) = found.next().flatten() else { return };
            indexed.whole = Some((GroupingId(count), fails));
            count = count.saturating_add(1);
        });
    }
    program.groupings = count;
}

/// Whether the literals that need the keys of a comprehension come after those that give them values when it is evaluated for all of
/// them. OPA evaluates the others too, and says that it is at fault; and it lets variables without values be equal.
fn has_keys_in_time(comprehension: &Comprehension) -> bool {
    let mut open = comprehension.indexed.as_ref().map(|indexed| indexed.keys.clone()).unwrap_or_default();
    let mut seen: Vec<Slot> = Vec::new();
    comprehension.body.literals.iter().all(|literal| {
        let gives = match &literal.operation {
            Operation::Unify(Term::Local(left), Term::Local(right)) => {
                let is_known = |slot| seen.contains(slot) && !open.contains(slot);
                is_known(left) || is_known(right)
            }
            Operation::Unify(..) | Operation::Lookup(..) | Operation::Test(_) => true,
            Operation::Collect(..)
            | Operation::Truth(_)
            | Operation::Call(_)
            | Operation::Every(_)
            | Operation::Not(_)
            | Operation::And(..)
            | Operation::Or(..) => false,
        };
        let before = open.len();
        slots::in_literal(literal, &mut |slot| {
            open.retain(|key| *key != slot);
            seen.push(slot);
        });
        gives || open.len() == before
    })
}

/// Visits the indexed comprehensions of a body.
fn each(body: &Body, visit: &mut dyn FnMut(&Comprehension)) {
    for literal in &body.literals {
        match &literal.operation {
            Operation::Collect(_, comprehension) => {
                if comprehension.indexed.is_some() {
                    visit(comprehension);
                }
                each(&comprehension.body, visit);
            }
            Operation::Every(every) => each(&every.body, visit),
            Operation::Not(body) => each(body, visit),
            Operation::And(left, right) | Operation::Or(left, right) => {
                each(left, visit);
                each(right, visit);
            }
            Operation::Unify(..)
            | Operation::Lookup(..)
            | Operation::Test(_)
            | Operation::Truth(_)
            | Operation::Call(_) => {}
        }
    }
}

/// The same, in the same order.
fn each_mut(body: &mut Body, visit: &mut dyn FnMut(&mut Indexed)) {
    for literal in &mut body.literals {
        match &mut literal.operation {
            Operation::Collect(_, comprehension) => {
                if let Some(indexed) = &mut comprehension.indexed {
                    visit(indexed);
                }
                each_mut(&mut comprehension.body, visit);
            }
            Operation::Every(every) => each_mut(&mut every.body, visit),
            Operation::Not(body) => each_mut(body, visit),
            Operation::And(left, right) | Operation::Or(left, right) => {
                each_mut(left, visit);
                each_mut(right, visit);
            }
            Operation::Unify(..)
            | Operation::Lookup(..)
            | Operation::Test(_)
            | Operation::Truth(_)
            | Operation::Call(_) => {}
        }
    }
}

/// What can fail.
struct Risks<'p> {
    program: &'p Program,
    /// What is known of the rules.
    rules: BTreeMap<RuleId, Option<Fails>>,
}

impl Risks<'_> {
    fn body(&mut self, body: &Body) -> Option<Fails> {
        let literals = body.literals.iter();
        literals
            .map(|literal| {
                if literal.with.is_empty() { self.operation(&literal.operation) } else { Some(Fails::Always) }
            })
            .max()
            .flatten()
    }

    fn operation(&mut self, operation: &Operation) -> Option<Fails> {
        match operation {
            Operation::Unify(left, right) => self.term(left).max(self.term(right)),
            Operation::Lookup(pattern, reference) => self.term(pattern).max(self.reference(reference)),
            Operation::Collect(pattern, comprehension) => {
                self.term(pattern).max(self.comprehension(comprehension))
            }
            Operation::Test(reference) => self.reference(reference),
            Operation::Truth(term) => self.term(term),
            Operation::Call(call) => {
                let own = match call.function {
                    // It prints, or tells a case.
                    Function::Builtin(signature) if signature.result.is_none() => Some(Fails::Always),
                    Function::Builtin(_) => Some(Fails::WhenStrict),
                    Function::Rule(rule) => self.rule(rule),
                };
                let terms = call.args.iter().chain(&call.output);
                terms.map(|term| self.term(term)).max().flatten().max(own)
            }
            Operation::Every(every) => self.term(&every.domain).max(self.body(&every.body)),
            Operation::Not(body) => self.body(body),
            Operation::And(left, right) | Operation::Or(left, right) => self.body(left).max(self.body(right)),
        }
    }

    fn term(&mut self, term: &Term) -> Option<Fails> {
        match term {
            Term::Constant(_) | Term::Local(_) => None,
            Term::Array(terms) | Term::Set(terms) => terms.iter().map(|term| self.term(term)).max().flatten(),
            Term::Object(pairs) => {
                pairs.iter().map(|(key, value)| self.term(key).max(self.term(value))).max().flatten()
            }
            Term::Ref(reference) => self.reference(reference),
            Term::Comprehension(comprehension) => self.comprehension(comprehension),
        }
    }

    fn reference(&mut self, reference: &Ref) -> Option<Fails> {
        let start = match &reference.start {
            Start::Local(_) | Start::Input | Start::Data(Target::Base(..)) => None,
            Start::Data(Target::Rule(rule, _)) => self.rule(*rule),
            Start::Data(Target::Tree) => Some(Fails::Always),
            Start::Term(term) => self.term(term),
        };
        reference.steps.iter().map(|step| self.term(step)).max().flatten().max(start)
    }

    fn comprehension(&mut self, comprehension: &Comprehension) -> Option<Fails> {
        let head = match &comprehension.head {
            ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => self.term(term),
            // A key may have two values.
            ComprehensionHead::Object(..) => Some(Fails::Always),
        };
        head.max(self.body(&comprehension.body))
    }

    /// A rule that can have several values may have a conflict.
    fn rule(&mut self, id: RuleId) -> Option<Fails> {
        if let Some(known) = self.rules.get(&id) {
            return *known;
        }
        let program = self.program;
        let Some(rule) = program.rule(id) else { return Some(Fails::Always) };
        let agrees = match rule.kind {
            RuleKind::Set => true,
            RuleKind::Complete | RuleKind::Function(_) => rule.early_exit == EarlyExit::Always,
            RuleKind::Object => false,
        };
        let fails = if agrees {
            let mut fails = None;
            for first in &rule.clauses {
                let mut next = Some(*first);
                while let Some(clause) = next.and_then(|id| program.clause(id)) {
                    let head = clause.key.iter().chain(&clause.value).chain(&clause.steps);
                    let head = head.map(|term| self.term(term)).max().flatten();
                    fails = fails.max(head).max(with_stack(|| self.body(&clause.body)));
                    next = clause.otherwise;
                }
            }
            fails
        } else {
            Some(Fails::Always)
        };
        self.rules.insert(id, fails);
        fails
    }
}
