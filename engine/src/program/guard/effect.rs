//! When it shows that something was evaluated: it can end in an error, or print.

use super::Shows;
use crate::program::{ComprehensionHead, Function, Literal, Operation, Ref, Start, Target, Term};

/// When it shows that some literals were evaluated.
pub(in crate::program) fn effect_of_literals(literals: &[Literal]) -> Option<Shows> {
    literals.iter().map(effect_of_literal).max().flatten()
}

/// When it shows that a literal was evaluated; what it puts in the place of something is evaluated, too.
pub(in crate::program) fn effect_of_literal(literal: &Literal) -> Option<Shows> {
    if literal.with.is_empty() { effect(&literal.operation) } else { Some(Shows::Always) }
}

/// When it shows that an operation was evaluated.
pub(super) fn effect(operation: &Operation) -> Option<Shows> {
    match operation {
        Operation::Unify(left, right) => effect_of(left).max(effect_of(right)),
        Operation::Lookup(pattern, reference) => effect_of(pattern).max(effect_of_ref(reference)),
        Operation::Collect(pattern, comprehension) => match comprehension.head {
            ComprehensionHead::Object(..) => Some(Shows::Always),
            ComprehensionHead::Array(_) | ComprehensionHead::Set(_) => {
                effect_of(pattern).max(comprehension.body.effect)
            }
        },
        Operation::Test(reference) => effect_of_ref(reference),
        Operation::Truth(term) => effect_of(term),
        Operation::Call(call) => match call.function {
            Function::Rule(_) => Some(Shows::Always),
            Function::Builtin(signature) if signature.result.is_none() => Some(Shows::Always),
            Function::Builtin(_) => {
                call.args.iter().map(effect_of).max().flatten().max(Some(Shows::WhenStrict))
            }
        },
        Operation::Every(every) => effect_of(&every.domain).max(every.body.effect),
        Operation::Not(body) => body.effect,
        Operation::And(left, right) | Operation::Or(left, right) => left.effect.max(right.effect),
    }
}

fn effect_of_ref(reference: &Ref) -> Option<Shows> {
    let start = match &reference.start {
        Start::Data(Target::Rule(..) | Target::Tree) => Some(Shows::Always),
        Start::Term(term) => effect_of(term),
        Start::Local(_) | Start::Input | Start::Data(Target::Base(..)) => None,
    };
    reference.steps.iter().map(effect_of).max().flatten().max(start)
}

fn effect_of(term: &Term) -> Option<Shows> {
    match term {
        Term::Constant(_) | Term::Local(_) => None,
        Term::Array(terms) | Term::Set(terms) => terms.iter().map(effect_of).max().flatten(),
        Term::Object(pairs) => {
            pairs.iter().map(|(key, value)| effect_of(key).max(effect_of(value))).max().flatten()
        }
        Term::Ref(reference) => effect_of_ref(reference),
        Term::Comprehension(_) => Some(Shows::Always),
    }
}
