//! What of the input the rules look at, as far as that can be seen without evaluation.

use std::collections::BTreeSet;

use super::settled::Facts;
use super::{Clause, ClauseId, Guard, IndexKey, Program, RuleId, Subject, Term};
use crate::value::Value;

/// By rule: the places of the input that it looks at, itself or in functions that it calls.
///
/// Other rules that it asks are left out. What depends on anything else that may be different the next time has no places: the clock,
/// randomness, the network, what is printed or replaced, and documents that are only known during evaluation.
#[derive(Debug)]
pub struct InputReads {
    rules: Vec<Option<Places>>,
    /// By clause, what its own conditions look at.
    clauses: Vec<Option<Places>>,
}

/// Places of the input; each with all that is below.
type Places = BTreeSet<Vec<Value>>;

impl InputReads {
    /// What the rules of a program look at.
    pub fn of(program: &Program) -> Self {
        let facts = Facts::of(program);
        let mut callers: Vec<Vec<usize>> = vec![Vec::new(); facts.len()];
        for (at, facts) in facts.iter().enumerate() {
            for callee in &facts.calls {
                if let Some(callers) = callers.get_mut(callee.0 as usize) {
                    callers.push(at);
                }
            }
        }
        let own = facts.iter().map(|facts| {
            let places = facts.inputs.iter().map(|steps| known(steps));
            (!facts.varies).then(|| places.collect())
        });
        let mut reads = Self { rules: own.collect(), clauses: Vec::new() };
        reads.add_tests(program);
        let mut open: Vec<usize> = (0..facts.len()).collect();
        while let Some(at) = open.pop() {
            let more = reads.rules.get(at).cloned().flatten();
            for caller in callers.get(at).into_iter().flatten() {
                if reads.add(*caller, more.as_ref()) {
                    open.push(*caller);
                }
            }
        }
        reads.clauses = program.clauses.iter().map(|clause| reads.of_clause(clause)).collect();
        reads
    }

    fn of_clause(&self, clause: &Clause) -> Option<Places> {
        let facts = Facts::of_clause(clause);
        if facts.varies {
            return None;
        }
        let mut places: Places = facts.inputs.iter().map(|steps| known(steps)).collect();
        for callee in &facts.calls {
            places.extend(self.rules.get(callee.0 as usize)?.as_ref()?.iter().cloned());
        }
        (places.len() <= MAX_PLACES).then_some(places)
    }

    /// The places that a rule looks at; nothing if its value may be another one for other reasons.
    pub fn places(&self, rule: RuleId) -> Option<impl Iterator<Item = &[Value]>> {
        let places = self.rules.get(rule.0 as usize)?.as_ref()?;
        Some(places.iter().map(Vec::as_slice))
    }

    /// The places that a clause looks at once it is evaluated, whatever tells that it has to be.
    pub fn places_of_clause(&self, clause: ClauseId) -> Option<impl Iterator<Item = &[Value]>> {
        let places = self.clauses.get(clause.0 as usize)?.as_ref()?;
        Some(places.iter().map(Vec::as_slice))
    }

    /// Adds what tells which clauses have to be looked at.
    fn add_tests(&mut self, program: &Program) {
        for (rule, places) in program.rules.iter().zip(&mut self.rules) {
            if let (Some(IndexKey::Input(path)), Some(places)) = (&rule.index.key, places) {
                places.insert(path.clone());
            }
        }
        for clause in &program.clauses {
            let Some(Some(places)) = self.rules.get_mut(clause.rule.0 as usize) else { continue };
            places.extend(clause.guards.iter().flatten().filter_map(guarded));
        }
    }

    /// Adds what a function looks at to what a rule does that calls it; answers whether that is more now.
    fn add(&mut self, rule: usize, more: Option<&Places>) -> bool {
        let Some(own) = self.rules.get_mut(rule) else { return false };
        let Some(places) = own else { return false };
        let before = places.len();
        places.extend(more.into_iter().flatten().cloned());
        let after = places.len();
        if more.is_none() || after > MAX_PLACES {
            *own = None;
            return true;
        }
        after > before
    }
}

/// The steps that are known without evaluation.
fn known(steps: &[Term]) -> Vec<Value> {
    steps.iter().map_while(Term::as_constant).cloned().collect()
}

fn guarded(guard: &Guard) -> Option<Vec<Value>> {
    let subject = if let Subject::Key(key, _) = &guard.subject { key } else { &guard.subject };
    if let Subject::Input(path) = subject { Some(path.clone()) } else { None }
}

/// Who looks at more depends on the whole input for all that matters.
const MAX_PLACES: usize = 64;
