//! Rules whose values depend on the base documents alone: they come to the same in every evaluation over the same documents.
//!
//! Not so where the input, the clock, randomness or the network comes in, directly or through other rules and functions. Nor where
//! something is replaced, printed, or looked up in documents that are only known during evaluation: what can't be seen here
//! counts as unsettled.

use super::{
    Body, Call, Clause, Comprehension, ComprehensionHead, Function, Literal, Operation, Program, Ref, RuleId,
    Start, Target, Term,
};
use crate::builtins::Signature;

/// Marks the settled rules of a program; of functions, those that settled rules may call.
pub(super) fn find(program: &mut Program) {
    let facts = Facts::of(program);
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); facts.len()];
    for (reader, facts) in facts.iter().enumerate() {
        for read in &facts.reads {
            if let Some(readers) = readers.get_mut(read.0 as usize) {
                readers.push(reader);
            }
        }
    }
    let mut unsettled: Vec<usize> = (0..)
        .zip(&facts)
        .filter(|(_, facts)| facts.varies || !facts.inputs.is_empty())
        .map(|(at, _)| at)
        .collect();
    for rule in &mut program.rules {
        rule.settled = true;
    }
    while let Some(at) = unsettled.pop() {
        if let Some(rule) = program.rules.get_mut(at).filter(|rule| rule.settled) {
            rule.settled = false;
            unsettled.extend(readers.get(at).into_iter().flatten());
        }
    }
}

/// Whether there is a set in a term that is no constant, or an object with such a key.
fn fits_nothing_yet(term: &Term) -> bool {
    match term {
        Term::Constant(_) | Term::Local(_) | Term::Ref(_) | Term::Comprehension(_) => false,
        Term::Set(_) => true,
        Term::Array(terms) => terms.iter().any(fits_nothing_yet),
        Term::Object(pairs) => {
            pairs.iter().any(|(key, value)| key.as_constant().is_none() || fits_nothing_yet(value))
        }
    }
}

/// What the clauses of a rule depend on.
#[derive(Debug, Default)]
pub(super) struct Facts<'p> {
    /// Whether something but the input comes in that may be different the next time.
    pub(super) varies: bool,
    /// The steps into the input.
    pub(super) inputs: Vec<&'p [Term]>,
    /// The rules and functions that are asked.
    pub(super) reads: Vec<RuleId>,
    /// Those that are called.
    pub(super) calls: Vec<RuleId>,
}

impl<'p> Facts<'p> {
    /// Those of all rules.
    pub(super) fn of(program: &'p Program) -> Vec<Self> {
        let mut facts: Vec<Self> = program.rules.iter().map(|_| Facts::default()).collect();
        for clause in &program.clauses {
            if let Some(facts) = facts.get_mut(clause.rule.0 as usize) {
                facts.clause(clause);
            }
        }
        facts
    }

    /// Those of one clause.
    pub(super) fn of_clause(clause: &'p Clause) -> Self {
        let mut facts = Self::default();
        facts.clause(clause);
        facts
    }

    fn clause(&mut self, clause: &'p Clause) {
        self.terms(&clause.args);
        self.terms(&clause.steps);
        clause.key.iter().chain(&clause.value).for_each(|term| self.term(term));
        // What is found of such a rule depends on whether all of it was evaluated before.
        self.varies |= clause.key.as_ref().is_some_and(fits_nothing_yet);
        self.body(&clause.body);
    }

    fn body(&mut self, body: &'p Body) {
        for literal in &body.literals {
            self.literal(literal);
        }
    }

    fn literal(&mut self, literal: &'p Literal) {
        self.varies |= !literal.with.is_empty();
        match &literal.operation {
            Operation::Unify(left, right) => {
                self.term(left);
                self.term(right);
            }
            Operation::Lookup(pattern, reference) => {
                self.term(pattern);
                self.reference(reference);
            }
            Operation::Collect(pattern, comprehension) => {
                self.term(pattern);
                self.comprehension(comprehension);
            }
            Operation::Test(reference) => self.reference(reference),
            Operation::Truth(term) => self.term(term),
            Operation::Call(call) => self.call(call),
            Operation::Every(every) => {
                self.term(&every.domain);
                self.body(&every.body);
            }
            Operation::Not(body) => self.body(body),
            Operation::And(left, right) | Operation::Or(left, right) => {
                self.body(left);
                self.body(right);
            }
        }
    }

    fn call(&mut self, call: &'p Call) {
        match call.function {
            Function::Rule(rule) => {
                self.reads.push(rule);
                self.calls.push(rule);
            }
            Function::Builtin(signature) => self.varies |= varies(signature),
        }
        self.terms(&call.args);
        call.output.iter().for_each(|output| self.term(output));
    }

    fn terms(&mut self, terms: &'p [Term]) {
        for term in terms {
            self.term(term);
        }
    }

    fn term(&mut self, term: &'p Term) {
        match term {
            Term::Constant(_) | Term::Local(_) => {}
            Term::Array(terms) | Term::Set(terms) => self.terms(terms),
            Term::Object(pairs) => {
                for (key, value) in pairs {
                    self.term(key);
                    self.term(value);
                }
            }
            Term::Ref(reference) => self.reference(reference),
            Term::Comprehension(comprehension) => self.comprehension(comprehension),
        }
    }

    fn reference(&mut self, reference: &'p Ref) {
        match &reference.start {
            Start::Local(_) | Start::Data(Target::Base(..)) => {}
            Start::Term(term) => self.term(term),
            Start::Data(Target::Rule(rule, _)) => self.reads.push(*rule),
            Start::Input => self.inputs.push(&reference.steps),
            Start::Data(Target::Tree) => self.varies = true,
        }
        reference.written.iter().for_each(|term| self.term(term));
        self.terms(&reference.steps);
    }

    fn comprehension(&mut self, comprehension: &'p Comprehension) {
        match &comprehension.head {
            ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => self.term(term),
            ComprehensionHead::Object(key, value) => {
                self.term(key);
                self.term(value);
            }
        }
        self.body(&comprehension.body);
    }
}

/// Whether a function may come to something else the next time, or has an effect, as `print` has. Certificates expire, which OPA doesn't
/// count among what makes a function nondeterministic.
fn varies(signature: &Signature) -> bool {
    signature.nondeterministic || signature.result.is_none() || signature.name.starts_with("crypto.x509.")
}
