//! The literals of clauses, those inside of others too.

use super::{
    Body, Call, Clause, Comprehension, ComprehensionHead, Literal, LiteralId, Operation, Ref, Replacement,
    Start, Term,
};

/// Gives each literal of a clause another name.
pub(super) fn rename(clause: &mut Clause, name: &mut dyn FnMut(LiteralId) -> LiteralId) {
    let Clause { args, steps, key, value, body, guards, .. } = clause;
    for guard in guards.iter_mut().flatten() {
        guard.literals.iter_mut().for_each(|literal| *literal = name(*literal));
    }
    for term in args.iter_mut().chain(steps).chain(key).chain(value) {
        in_term(term, name);
    }
    in_body(body, name);
}

fn in_body(body: &mut Body, name: &mut dyn FnMut(LiteralId) -> LiteralId) {
    body.literals.iter_mut().for_each(|literal| in_literal(literal, name));
}

fn in_literal(literal: &mut Literal, name: &mut dyn FnMut(LiteralId) -> LiteralId) {
    literal.id = name(literal.id);
    for with in &mut literal.with {
        match &mut with.value {
            Replacement::Value(term) => in_term(term, name),
            Replacement::Function(_) => {}
        }
    }
    match &mut literal.operation {
        Operation::Unify(left, right) => {
            in_term(left, name);
            in_term(right, name);
        }
        Operation::Lookup(pattern, reference) => {
            in_term(pattern, name);
            in_reference(reference, name);
        }
        Operation::Collect(pattern, comprehension) => {
            in_term(pattern, name);
            in_comprehension(comprehension, name);
        }
        Operation::Test(reference) => in_reference(reference, name),
        Operation::Truth(term) => in_term(term, name),
        Operation::Call(Call { args, output, .. }) => {
            args.iter_mut().chain(output).for_each(|term| in_term(term, name));
        }
        Operation::Every(every) => {
            in_term(&mut every.domain, name);
            in_body(&mut every.body, name);
        }
        Operation::Not(body) => in_body(body, name),
        Operation::And(left, right) | Operation::Or(left, right) => {
            in_body(left, name);
            in_body(right, name);
        }
    }
}

fn in_term(term: &mut Term, name: &mut dyn FnMut(LiteralId) -> LiteralId) {
    match term {
        Term::Constant(_) | Term::Local(_) => {}
        Term::Array(terms) | Term::Set(terms) => terms.iter_mut().for_each(|term| in_term(term, name)),
        Term::Object(pairs) => {
            for (key, value) in pairs {
                in_term(key, name);
                in_term(value, name);
            }
        }
        Term::Ref(reference) => in_reference(reference, name),
        Term::Comprehension(comprehension) => in_comprehension(comprehension, name),
    }
}

fn in_reference(reference: &mut Ref, name: &mut dyn FnMut(LiteralId) -> LiteralId) {
    let Ref { start, steps, .. } = reference;
    match start {
        Start::Term(term) => in_term(term, name),
        Start::Local(_) | Start::Input | Start::Data(_) => {}
    }
    for term in steps {
        in_term(term, name);
    }
}

fn in_comprehension(comprehension: &mut Comprehension, name: &mut dyn FnMut(LiteralId) -> LiteralId) {
    match &mut comprehension.head {
        ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => in_term(term, name),
        ComprehensionHead::Object(key, value) => {
            in_term(key, name);
            in_term(value, name);
        }
    }
    in_body(&mut comprehension.body, name);
}
