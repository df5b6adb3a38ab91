//! Which variables a term, a literal or a body mentions.

use super::{
    Body, Clause, Comprehension, ComprehensionHead, Literal, Operation, Program, Ref, Replacement, Slot,
    Start, Term,
};

/// Calls `visit` for each mention of a variable in a term, comprehensions included.
pub(super) fn in_term(term: &Term, visit: &mut dyn FnMut(Slot)) {
    match term {
        Term::Constant(_) => {}
        Term::Local(slot) => visit(*slot),
        Term::Array(terms) | Term::Set(terms) => in_terms(terms, visit),
        Term::Object(pairs) => {
            for (key, value) in pairs {
                in_term(key, visit);
                in_term(value, visit);
            }
        }
        Term::Ref(reference) => in_ref(reference, visit),
        Term::Comprehension(comprehension) => in_comprehension(comprehension, visit),
    }
}

/// The same for a reference.
pub(super) fn in_ref(reference: &Ref, visit: &mut dyn FnMut(Slot)) {
    match &reference.start {
        Start::Local(slot) => visit(*slot),
        Start::Term(term) => in_term(term, visit),
        Start::Input | Start::Data(_) => {}
    }
    in_terms(&reference.steps, visit);
}

/// The same for a comprehension.
pub(super) fn in_comprehension(comprehension: &Comprehension, visit: &mut dyn FnMut(Slot)) {
    in_head(&comprehension.head, visit);
    in_body(&comprehension.body, visit);
}

/// The same for what a comprehension collects.
pub(super) fn in_head(head: &ComprehensionHead, visit: &mut dyn FnMut(Slot)) {
    match head {
        ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => in_term(term, visit),
        ComprehensionHead::Object(key, value) => {
            in_term(key, visit);
            in_term(value, visit);
        }
    }
}

/// The same for a literal with its modifiers.
pub(super) fn in_literal(literal: &Literal, visit: &mut dyn FnMut(Slot)) {
    for with in &literal.with {
        match &with.value {
            Replacement::Value(term) => in_term(term, visit),
            Replacement::Function(_) => {}
        }
    }
    match &literal.operation {
        Operation::Unify(left, right) => {
            in_term(left, visit);
            in_term(right, visit);
        }
        Operation::Lookup(pattern, reference) => {
            in_term(pattern, visit);
            in_ref(reference, visit);
        }
        Operation::Collect(pattern, comprehension) => {
            in_term(pattern, visit);
            in_comprehension(comprehension, visit);
        }
        Operation::Test(reference) => in_ref(reference, visit),
        Operation::Truth(term) => in_term(term, visit),
        Operation::Call(call) => {
            in_terms(&call.args, visit);
            call.output.iter().for_each(|output| in_term(output, visit));
        }
        Operation::Every(every) => {
            every.key.into_iter().chain([every.value]).for_each(&mut *visit);
            in_term(&every.domain, visit);
            in_body(&every.body, visit);
        }
        Operation::Not(body) => in_body(body, visit),
        Operation::And(left, right) | Operation::Or(left, right) => {
            in_body(left, visit);
            in_body(right, visit);
        }
    }
}

/// The same for all literals of a body.
pub(super) fn in_body(body: &Body, visit: &mut dyn FnMut(Slot)) {
    for literal in &body.literals {
        in_literal(literal, visit);
    }
}

/// The same for a whole clause.
pub(super) fn in_clause(clause: &Clause, visit: &mut dyn FnMut(Slot)) {
    in_terms(&clause.args, visit);
    in_terms(&clause.steps, visit);
    clause.key.iter().chain(&clause.value).for_each(|term| in_term(term, visit));
    in_body(&clause.body, visit);
}

fn in_terms(terms: &[Term], visit: &mut dyn FnMut(Slot)) {
    for term in terms {
        in_term(term, visit);
    }
}

/// Tells the references whose last step gives a value to a variable that nothing else mentions.
pub(super) fn find_unread(program: &mut Program) {
    for clause in &mut program.clauses {
        let mut mentions = vec![0_u32; clause.slots.len()];
        in_clause(clause, &mut |slot| {
            if let Some(count) = mentions.get_mut(slot.0 as usize) {
                *count = count.saturating_add(1);
            }
        });
        tell_unread(&mut clause.body, &mentions);
    }
}

fn tell_unread(body: &mut Body, mentions: &[u32]) {
    for literal in &mut body.literals {
        match &mut literal.operation {
            Operation::Lookup(_, reference) => {
                if let Some(Term::Local(slot)) = reference.steps.last() {
                    reference.binds_last = mentions.get(slot.0 as usize).is_none_or(|count| *count != 1);
                }
            }
            Operation::Collect(_, comprehension) => tell_unread(&mut comprehension.body, mentions),
            Operation::Every(every) => tell_unread(&mut every.body, mentions),
            Operation::Not(body) => tell_unread(body, mentions),
            Operation::And(left, right) | Operation::Or(left, right) => {
                tell_unread(left, mentions);
                tell_unread(right, mentions);
            }
            Operation::Unify(..) | Operation::Test(_) | Operation::Truth(_) | Operation::Call(_) => {}
        }
    }
}
