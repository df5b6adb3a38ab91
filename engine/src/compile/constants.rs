//! Values that are known while compiling: comparing them and looking into them.

use crate::syntax::tree::{Term, TermKind};

/// Whether two constants are the same value.
pub(crate) fn same(left: &Term, right: &Term) -> bool {
    match (&left.kind, &right.kind) {
        (TermKind::Null, TermKind::Null) => true,
        (TermKind::Boolean(left), TermKind::Boolean(right)) => left == right,
        (TermKind::Number(left), TermKind::Number(right)) => same_number(left, right),
        (TermKind::String(left), TermKind::String(right)) => left == right,
        (TermKind::Array(left), TermKind::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (TermKind::Set(left), TermKind::Set(right)) => {
            left.iter().all(|element| has(right, element)) && right.iter().all(|element| has(left, element))
        }
        (TermKind::Object(left), TermKind::Object(right)) => {
            let within = |inner: &[(Term, Term)], outer: &[(Term, Term)]| {
                inner.iter().all(|(key, value)| {
                    outer.iter().any(|(other, found)| same(key, other) && same(value, found))
                })
            };
            within(left, right) && within(right, left)
        }
        _ => false,
    }
}

fn same_number(left: &str, right: &str) -> bool {
    left == right
        || match (left.parse::<f64>(), right.parse::<f64>()) {
            (Ok(left), Ok(right)) => left.total_cmp(&right).is_eq(),
            _ => false,
        }
}

fn has(terms: &[Term], element: &Term) -> bool {
    terms.iter().any(|term| same(term, element))
}

/// What a constant has under a key: of an array by index, of a set the element itself.
pub(super) fn get<'t>(collection: &'t Term, key: &Term) -> Option<&'t Term> {
    match &collection.kind {
        TermKind::Array(terms) => match &key.kind {
            TermKind::Number(text) => terms.get(text.parse::<usize>().ok()?),
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Var(_)
            | TermKind::Ref(_)
            | TermKind::Array(_)
            | TermKind::Object(_)
            | TermKind::Set(_)
            | TermKind::Comprehension(_)
            | TermKind::Call(_) => None,
        },
        TermKind::Set(terms) => terms.iter().find(|term| same(term, key)),
        TermKind::Object(pairs) => {
            pairs.iter().rev().find(|(other, _)| same(other, key)).map(|(_, value)| value)
        }
        TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Var(_)
        | TermKind::Ref(_)
        | TermKind::Comprehension(_)
        | TermKind::Call(_) => None,
    }
}

/// The elements of an array or a set, or the values of an object, each element of a set once.
pub(super) fn members(collection: &Term) -> Option<Vec<&Term>> {
    match &collection.kind {
        TermKind::Array(terms) => Some(terms.iter().collect()),
        TermKind::Set(terms) => {
            let mut once: Vec<&Term> = Vec::new();
            for term in terms {
                if !once.iter().any(|other| same(other, term)) {
                    once.push(term);
                }
            }
            Some(once)
        }
        TermKind::Object(pairs) => Some(pairs.iter().map(|(_, value)| value).collect()),
        TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Var(_)
        | TermKind::Ref(_)
        | TermKind::Comprehension(_)
        | TermKind::Call(_) => None,
    }
}
