//! Which values the variables of a reference can have, where the body says so by constants.

use std::collections::BTreeMap;

use crate::compile::constants::{get, members};
use crate::compile::locals;
use crate::compile::walk::is_constant;
use crate::syntax::tree::{Body, Literal, Name, Ref, Term, TermKind};

/// The variables of a body that range over constants, from the literal that gives them their values on.
pub(super) struct Known<'b> {
    body: &'b Body,
    bindings: Option<Vec<(usize, &'b Name, Vec<&'b Term>)>>,
}

type Values<'b> = BTreeMap<&'b Name, Vec<&'b Term>>;

impl<'b> Known<'b> {
    pub(super) fn new(body: &'b Body) -> Self {
        Self { body, bindings: None }
    }

    /// The references that one in the literal at `at` may stand for; never none.
    pub(super) fn expand(&mut self, reference: &Ref, at: usize) -> Vec<Ref> {
        let body = self.body;
        let bindings = self.bindings.get_or_insert_with(|| bindings(body));
        let known: Values<'b> = bindings
            .iter()
            .take_while(|(index, _, _)| *index < at)
            .map(|(_, name, values)| (*name, values.clone()))
            .collect();
        if known.is_empty() {
            return vec![reference.clone()];
        }
        expand(reference, &known)
    }
}

fn bindings(body: &Body) -> Vec<(usize, &Name, Vec<&Term>)> {
    let mut known: Values<'_> = BTreeMap::new();
    let mut found = Vec::new();
    for (index, literal) in body.literals.iter().enumerate() {
        if literal.negated || !literal.with.is_empty() {
            continue;
        }
        if let Some((name, values)) = binding(literal, &known)
            && !known.contains_key(name)
        {
            known.insert(name, values.clone());
            found.push((index, name, values));
        }
    }
    found
}

fn binding<'b>(literal: &'b Literal, known: &Values<'b>) -> Option<(&'b Name, Vec<&'b Term>)> {
    let (left, right) = locals::sides(literal)?;
    for (var, other) in [(left, right), (right, left)] {
        if let Some(var) = var.as_var()
            && let Some(values) = values_of(other, known)
        {
            return Some((&var.name, values));
        }
    }
    None
}

fn values_of<'b>(term: &'b Term, known: &Values<'b>) -> Option<Vec<&'b Term>> {
    match &term.kind {
        TermKind::Var(var) => known.get(&var.name).cloned(),
        TermKind::Ref(reference) => values_in(reference, known),
        TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Array(_)
        | TermKind::Object(_)
        | TermKind::Set(_)
        | TermKind::Comprehension(_)
        | TermKind::Call(_) => is_constant(term).then(|| vec![term]),
    }
}

/// What a reference into constants can be, one operand after the other.
fn values_in<'b>(reference: &'b Ref, known: &Values<'b>) -> Option<Vec<&'b Term>> {
    let mut values = values_of(&reference.head, known)?;
    for operand in &reference.operands {
        let mut next = Vec::new();
        for value in values {
            if is_constant(operand) {
                next.extend(get(value, operand));
            } else {
                next.extend(members(value)?);
            }
        }
        if next.len() > LARGEST_EXPANSION {
            return None;
        }
        values = next;
    }
    Some(values)
}

fn expand(reference: &Ref, known: &Values<'_>) -> Vec<Ref> {
    let mut expanded = vec![reference.clone()];
    for (index, operand) in reference.operands.iter().enumerate().filter(|(_, operand)| !is_constant(operand))
    {
        let values = match &operand.kind {
            TermKind::Var(var) => known.get(&var.name).cloned(),
            TermKind::Ref(inner) => owned_values(inner, known),
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Array(_)
            | TermKind::Object(_)
            | TermKind::Set(_)
            | TermKind::Comprehension(_)
            | TermKind::Call(_) => None,
        };
        let Some(values) = values.filter(|values| !values.is_empty()) else { continue };
        if expanded.len() * values.len() > LARGEST_EXPANSION {
            continue;
        }
        let mut next = Vec::with_capacity(expanded.len() * values.len());
        for prefix in &expanded {
            for value in &values {
                let mut copy = prefix.clone();
                if let Some(slot) = copy.operands.get_mut(index) {
                    *slot = Term { span: slot.span, kind: value.kind.clone() };
                }
                next.push(copy);
            }
        }
        expanded = next;
    }
    expanded
}

/// As [`values_in`], for a reference that needn't live as long as the body: only starts at known variables.
fn owned_values<'b>(reference: &Ref, known: &Values<'b>) -> Option<Vec<&'b Term>> {
    let mut values = known.get(&reference.head.as_var()?.name)?.clone();
    for operand in &reference.operands {
        let mut next = Vec::new();
        for value in values {
            if is_constant(operand) {
                next.extend(get(value, operand));
            } else {
                next.extend(members(value)?);
            }
        }
        if next.len() > LARGEST_EXPANSION {
            return None;
        }
        values = next;
    }
    Some(values)
}

/// A reference is not narrowed into more than this.
const LARGEST_EXPANSION: usize = 64;
