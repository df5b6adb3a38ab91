//! Joins: which elements of a base document can match, by a value inside of them.
//!
//! `some g in data.grants; g.caller == input.caller` looks at every grant as it is written. The elements that have that
//! caller are found in one look-up once the document is indexed by `caller`. What comes between the two literals must
//! have no effect that would be missed for the other elements.

use super::{
    BasePathId, Body, Call, ClauseId, ComprehensionHead, Function, Literal, Operation, Program, Ref, Slot,
    Start, Target, Term,
};
use crate::value::Value;

/// Names a path of [`Program::joins`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JoinId(pub u32);

/// What a base document is indexed by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct JoinPath {
    /// The document.
    pub base: BasePathId,
    /// The steps from one of its elements to the value that counts.
    pub path: Vec<Value>,
}

/// A literal that goes through the elements of a base document, of which only those with a certain value matter.
#[derive(Debug, Clone)]
pub struct Join {
    /// The index.
    pub id: JoinId,
    /// The value, known before the literal is evaluated.
    pub key: Term,
}

/// Finds the joins of a program.
pub(super) fn find(program: &mut Program) {
    if program.prints {
        // What is printed, and when, must not change.
        return;
    }
    for index in 0..program.clauses.len() {
        let id = ClauseId(u32::try_from(index).unwrap_or(u32::MAX));
        let Some(mut body) = program.clauses.get_mut(index).map(|clause| std::mem::take(&mut clause.body))
        else {
            continue;
        };
        let mut known = Vec::new();
        let args = program.clauses.get(index).map(|clause| &clause.args);
        args.into_iter().flatten().for_each(|arg| add_slots(arg, &mut known));
        in_body(&mut body, known, &mut program.joins);
        if let Some(clause) = program.clauses.get_mut(id.0 as usize) {
            clause.body = body;
        }
    }
}

/// Finds the joins of a body, before which the variables `known` may have values.
fn in_body(body: &mut Body, mut known: Vec<Slot>, joins: &mut Vec<JoinPath>) {
    for at in 0..body.literals.len() {
        let found = body.literals.get(at..).and_then(|literals| join(literals, &known));
        let Some(literal) = body.literals.get_mut(at) else { continue };
        literal.join = found.map(|(path, key)| Join { id: intern(path, joins), key });
        match &mut literal.operation {
            Operation::Every(every) => {
                let own = every.key.into_iter().chain([every.value]);
                in_body(&mut every.body, known.iter().copied().chain(own).collect(), joins);
            }
            Operation::Not(body) => in_body(body, known.clone(), joins),
            Operation::And(left, right) | Operation::Or(left, right) => {
                in_body(left, known.clone(), joins);
                in_body(right, known.clone(), joins);
            }
            Operation::Collect(pattern, comprehension) => {
                in_body(&mut comprehension.body, known.clone(), joins);
                add_slots(pattern, &mut known);
            }
            Operation::Unify(left, right) => {
                add_slots(left, &mut known);
                add_slots(right, &mut known);
            }
            Operation::Lookup(pattern, reference) => {
                add_slots(pattern, &mut known);
                reference.steps.iter().for_each(|step| add_slots(step, &mut known));
            }
            Operation::Test(reference) => reference.steps.iter().for_each(|step| add_slots(step, &mut known)),
            Operation::Call(call) => call.output.iter().for_each(|output| add_slots(output, &mut known)),
            Operation::Truth(_) => {}
        }
    }
}

fn intern(path: JoinPath, joins: &mut Vec<JoinPath>) -> JoinId {
    let known = joins.iter().position(|other| *other == path);
    let at = known.unwrap_or_else(|| {
        joins.push(path);
        joins.len() - 1
    });
    JoinId(u32::try_from(at).unwrap_or(u32::MAX))
}

/// The join of the first literal with one of those after it.
fn join(literals: &[Literal], known: &[Slot]) -> Option<(JoinPath, Term)> {
    let (first, after) = literals.split_first()?;
    let Operation::Lookup(Term::Local(element), reference) = &first.operation else { return None };
    let Start::Data(Target::Base(base, depth)) = reference.start else { return None };
    let [Term::Local(position)] = reference.steps.get(depth..)? else { return None };
    if !first.with.is_empty() {
        return None;
    }
    // What has no value yet when the first literal is evaluated.
    let mut unknown = vec![*element, *position];
    for literal in after {
        if !literal.with.is_empty() {
            return None;
        }
        if let Some((path, key)) = comparison(&literal.operation, *element)
            && !mentions(key, &unknown)
            && all_among(key, known)
        {
            return Some((JoinPath { base, path }, key.clone()));
        }
        if !is_harmless(&literal.operation, &mut unknown) {
            return None;
        }
    }
    None
}

/// `element.a.b = key`: the steps and the key.
fn comparison(operation: &Operation, element: Slot) -> Option<(Vec<Value>, &Term)> {
    let Operation::Lookup(pattern, reference) = operation else { return None };
    if let Some(path) = path_from(reference, element) {
        return is_key(pattern).then_some((path, pattern));
    }
    None
}

fn path_from(reference: &Ref, element: Slot) -> Option<Vec<Value>> {
    match reference.start {
        Start::Local(slot) if slot == element && !reference.steps.is_empty() => {
            reference.steps.iter().map(|step| step.as_constant().cloned()).collect()
        }
        Start::Local(_) | Start::Term(_) | Start::Input | Start::Data(_) => None,
    }
}

/// Whether a term has one value at most, once its variables have theirs.
fn is_key(term: &Term) -> bool {
    match term {
        Term::Constant(_) | Term::Local(_) => true,
        Term::Ref(reference) => {
            reference.steps.iter().all(|step| matches!(step, Term::Constant(_) | Term::Local(_)))
        }
        Term::Array(_) | Term::Object(_) | Term::Set(_) | Term::Comprehension(_) => false,
    }
}

/// Whether leaving a literal out for some elements goes unnoticed. Adds the variables that it gives values to `unknown`.
fn is_harmless(operation: &Operation, unknown: &mut Vec<Slot>) -> bool {
    match operation {
        Operation::Unify(left, right) => {
            add_slots(left, unknown);
            add_slots(right, unknown);
            true
        }
        Operation::Lookup(pattern, reference) => {
            add_slots(pattern, unknown);
            reference.steps.iter().for_each(|step| add_slots(step, unknown));
            leads_to_no_rule(reference) && !matches!(pattern, Term::Ref(other) if !leads_to_no_rule(other))
        }
        Operation::Test(reference) => {
            reference.steps.iter().for_each(|step| add_slots(step, unknown));
            leads_to_no_rule(reference)
        }
        Operation::Truth(_) => true,
        Operation::Call(Call { function: Function::Builtin(signature), output, .. }) => {
            if let Some(output) = output {
                add_slots(output, unknown);
            }
            !signature.nondeterministic && !signature.relation
        }
        Operation::Call(_)
        | Operation::Collect(..)
        | Operation::Every(_)
        | Operation::Not(_)
        | Operation::And(..)
        | Operation::Or(..) => false,
    }
}

fn leads_to_no_rule(reference: &Ref) -> bool {
    match &reference.start {
        Start::Local(_) | Start::Input | Start::Data(Target::Base(..)) => true,
        Start::Term(_) | Start::Data(Target::Rule(..) | Target::Tree) => false,
    }
}

fn all_among(term: &Term, slots: &[Slot]) -> bool {
    let mut own = Vec::new();
    add_slots(term, &mut own);
    own.iter().all(|slot| slots.contains(slot))
}

fn mentions(term: &Term, slots: &[Slot]) -> bool {
    let mut own = Vec::new();
    add_slots(term, &mut own);
    own.iter().any(|slot| slots.contains(slot))
}

fn add_slots(term: &Term, out: &mut Vec<Slot>) {
    match term {
        Term::Constant(_) => {}
        Term::Local(slot) => out.push(*slot),
        Term::Array(terms) | Term::Set(terms) => terms.iter().for_each(|term| add_slots(term, out)),
        Term::Object(pairs) => {
            for (key, value) in pairs {
                add_slots(key, out);
                add_slots(value, out);
            }
        }
        Term::Ref(reference) => {
            match &reference.start {
                Start::Local(slot) => out.push(*slot),
                Start::Term(term) => add_slots(term, out),
                Start::Input | Start::Data(_) => {}
            }
            reference.steps.iter().for_each(|step| add_slots(step, out));
        }
        Term::Comprehension(comprehension) => match &comprehension.head {
            ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => add_slots(term, out),
            ComprehensionHead::Object(key, value) => {
                add_slots(key, out);
                add_slots(value, out);
            }
        },
    }
}
