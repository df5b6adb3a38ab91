//! The rule index: which clauses of a rule can match an input at all.
//!
//! A clause with comparisons of input values or arguments with constants can be left out when such a value is another one: if
//! nothing before the comparison shows that it was evaluated, or if OPA's rule index leaves the clause out, too.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use super::guard::{Accepted, Guard, Subject, effect_of_literal};
use super::{Body, Clause, ClauseId, Operation, Program, Ref, Slot, Start, Term};
use crate::value::Value;

/// Which clauses can match, by one value that is cheap to find.
#[derive(Debug, Clone, Default)]
pub struct RuleIndex {
    /// What to look at; without it all clauses can match.
    pub key: Option<IndexKey>,
    /// The clauses that can match when the key has a value, in their order.
    pub cases: HashMap<Value, Vec<ClauseId>, FixedState>,
    /// Those that can match for all other values: the clauses that don't compare the key.
    pub others: Vec<ClauseId>,
}

/// A value that an index looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum IndexKey {
    /// What is at this path of the input.
    Input(Vec<Value>),
    /// An argument of a function.
    Argument(usize),
}

impl RuleIndex {
    /// The index over clauses, on the key that tells most of them apart.
    ///
    /// `guards` are those that OPA's index has for a clause; with `as_opa` it leaves out no other clauses than OPA's.
    pub(super) fn build<'g>(
        clauses: &[ClauseId],
        program: &Program,
        guards: impl Fn(ClauseId) -> &'g [Vec<Guard>],
        as_opa: bool,
    ) -> Self {
        if clauses.len() < 2 {
            return Self::default();
        }
        let conditions: Vec<Vec<(IndexKey, Value)>> = clauses
            .iter()
            .map(|id| {
                let clause = program.clause(*id);
                clause.map(|clause| conditions(clause, guards(*id), as_opa)).unwrap_or_default()
            })
            .collect();
        let mut distinct: BTreeMap<&IndexKey, BTreeMap<&Value, usize>> = BTreeMap::new();
        for (key, value) in conditions.iter().flatten() {
            *distinct.entry(key).or_default().entry(value).or_default() += 1;
        }
        // The clauses left over for the worst value, and those that don't compare: the fewer the better.
        let cost = |values: &BTreeMap<&Value, usize>| {
            let compared: usize = values.values().sum();
            let worst = values.values().max().copied().unwrap_or_default();
            worst + conditions.len().saturating_sub(compared)
        };
        let best = distinct.iter().min_by_key(|(key, values)| (cost(values), *key));
        let Some(key) = best.map(|(key, _)| (*key).clone()) else { return Self::default() };
        let wanted: Vec<Option<&Value>> = conditions
            .iter()
            .map(|conditions| {
                conditions.iter().find(|(candidate, _)| *candidate == key).map(|(_, value)| value)
            })
            .collect();
        let pairs = || clauses.iter().copied().zip(&wanted);
        let others: Vec<ClauseId> =
            pairs().filter(|(_, wanted)| wanted.is_none()).map(|(id, _)| id).collect();
        let mut cases: BTreeMap<Value, Vec<ClauseId>> = BTreeMap::new();
        for (id, value) in pairs() {
            if let Some(value) = value {
                cases.entry((*value).clone()).or_default().push(id);
            }
        }
        if others.len().saturating_mul(cases.len()) > MAX_REPEATED {
            return Self::default();
        }
        for list in cases.values_mut() {
            list.extend_from_slice(&others);
            // Ids count up in the order of the clauses.
            list.sort_unstable();
        }
        Self { key: Some(key), cases: cases.into_iter().collect(), others }
    }
}

/// How often the clauses that don't compare the key may be repeated in the lists of an index.
const MAX_REPEATED: usize = 100_000;

/// The comparisons with constants that a clause can't hold without.
fn conditions(clause: &Clause, guards: &[Vec<Guard>], as_opa: bool) -> Vec<(IndexKey, Value)> {
    let mut found = Vec::new();
    if clause.otherwise.is_some() || prints(&clause.body) {
        return found;
    }
    for (position, arg) in clause.args.iter().enumerate() {
        if let Term::Constant(value) = arg
            && !as_opa
        {
            found.push((IndexKey::Argument(position), value.clone()));
        }
    }
    // What a variable stands for that a literal before has looked up.
    let mut known: BTreeMap<Slot, IndexKey> = clause
        .args
        .iter()
        .enumerate()
        .filter_map(
            |(position, arg)| if let Term::Local(slot) = arg { Some((*slot, position)) } else { None },
        )
        .map(|(slot, position)| (slot, IndexKey::Argument(position)))
        .collect();
    let mut shows = None;
    for literal in &clause.body.literals {
        shows = shows.max(effect_of_literal(literal));
        let mut compare = |key: &IndexKey, value: &Value| {
            if shows.is_none() && !as_opa || is_guarded(guards, key, value) {
                found.push((key.clone(), value.clone()));
            }
        };
        if !literal.with.is_empty() {
            continue;
        }
        if let Operation::Lookup(pattern, reference) = &literal.operation
            && let Some(key) = key_of(reference)
        {
            if let Term::Constant(value) = pattern {
                compare(&key, value);
            } else if let Term::Local(slot) = pattern {
                known.insert(*slot, key);
            }
        } else if let Operation::Unify(Term::Local(slot), Term::Constant(value))
        | Operation::Unify(Term::Constant(value), Term::Local(slot)) = &literal.operation
            && let Some(key) = known.get(slot)
        {
            compare(key, value);
        }
    }
    // OPA's index compares nothing else: what it evaluates can end in an error.
    found.retain(|(_, value)| super::guard::is_compared(value));
    found
}

/// Whether OPA's index leaves a clause out unless this is the value, whichever way.
fn is_guarded(guards: &[Vec<Guard>], key: &IndexKey, value: &Value) -> bool {
    let is_it = |guard: &Guard| {
        let same = match (&guard.subject, key) {
            (Subject::Input(one), IndexKey::Input(other)) => one == other,
            (Subject::Argument(one), IndexKey::Argument(other)) => one == other,
            (Subject::Input(_) | Subject::Argument(_) | Subject::Base(_) | Subject::Key(..), _) => false,
        };
        same && matches!(guard.accepts.as_slice(), [Accepted::Value(only)] if only == value)
    };
    !guards.is_empty() && guards.iter().all(|way| way.iter().any(is_it))
}

fn key_of(reference: &Ref) -> Option<IndexKey> {
    let path = reference.steps.iter().map(|step| step.as_constant().cloned()).collect::<Option<Vec<_>>>()?;
    (matches!(reference.start, Start::Input) && !path.is_empty()).then_some(IndexKey::Input(path))
}

/// Whether a body has calls that show when they are evaluated.
pub(super) fn prints(body: &Body) -> bool {
    body.literals.iter().any(|literal| prints_in(&literal.operation))
}

/// The same for one operation.
pub(super) fn prints_in(operation: &Operation) -> bool {
    match operation {
        Operation::Call(call) => match call.function {
            super::Function::Builtin(signature) => {
                signature.name == "internal.print" || signature.name == "internal.test_case"
            }
            super::Function::Rule(_) => false,
        },
        Operation::Not(body) => prints(body),
        Operation::Collect(pattern, comprehension) => prints_in_term(pattern) || prints(&comprehension.body),
        Operation::Every(every) => prints(&every.body),
        Operation::And(left, right) | Operation::Or(left, right) => prints(left) || prints(right),
        Operation::Unify(left, right) => prints_in_term(left) || prints_in_term(right),
        Operation::Lookup(pattern, _) => prints_in_term(pattern),
        Operation::Truth(term) => prints_in_term(term),
        Operation::Test(_) => false,
    }
}

/// The same for the comprehensions of a term.
fn prints_in_term(term: &Term) -> bool {
    match term {
        Term::Comprehension(comprehension) => prints(&comprehension.body),
        Term::Array(terms) | Term::Set(terms) => terms.iter().any(prints_in_term),
        Term::Object(pairs) => pairs.iter().any(|(key, value)| prints_in_term(key) || prints_in_term(value)),
        Term::Constant(_) | Term::Local(_) | Term::Ref(_) => false,
    }
}
