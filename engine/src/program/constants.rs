//! Constants: equal ones share their storage.

use std::collections::BTreeSet;

use crate::syntax::{display, tree};
use crate::value::{Array, Number, Object, Set, Value};

use super::Term;

/// Hands out one shared value for equal ones that are written alike.
#[derive(Debug, Default)]
pub(super) struct Pool {
    strings: BTreeSet<std::sync::Arc<str>>,
}

impl Pool {
    /// A string.
    pub(super) fn string(&mut self, text: &str) -> Value {
        if let Some(found) = self.strings.get(text) {
            return Value::String(found.clone());
        }
        let shared: std::sync::Arc<str> = text.into();
        self.strings.insert(shared.clone());
        Value::String(shared)
    }
}

/// A number as it is written; the parser takes only those that are numbers.
pub(super) fn number(text: &str) -> Option<Value> {
    // OPA reads `.5` and calculates with it, but it writes the number as it is, which then is no JSON.
    let completed = match (text.strip_prefix('.'), text.strip_prefix("-.")) {
        (Some(fraction), _) => Some(format!("0.{fraction}")),
        (None, Some(fraction)) => Some(format!("-0.{fraction}")),
        (None, None) => None,
    };
    Number::parse(completed.as_deref().unwrap_or(text)).map(Value::Number)
}

/// An array of terms, folded if all are constants.
pub(super) fn array(terms: Vec<Term>) -> Term {
    match terms.iter().map(constant).collect::<Option<Vec<_>>>() {
        Some(values) => Term::Constant(Value::Array(Array::from(values))),
        None => Term::Array(terms),
    }
}

/// A set of terms with what was written, folded if all are constants, and otherwise in the order in which OPA goes through it.
pub(super) fn set(mut terms: Vec<(&tree::Term, Term)>) -> Term {
    if let Some(values) = terms.iter().map(|(_, term)| constant(term)).collect::<Option<Set>>() {
        return Term::Constant(Value::Set(values));
    }
    terms.sort_by(|(left, _), (right, _)| display::compare(left, right));
    Term::Set(terms.into_iter().map(|(_, term)| term).collect())
}

/// An object of terms, folded if all are constants.
pub(super) fn object(pairs: Vec<(Term, Term)>) -> Term {
    let folded = pairs.iter().map(|(key, value)| Some((constant(key)?, constant(value)?)));
    match folded.collect::<Option<Object>>() {
        Some(values) => Term::Constant(Value::Object(values)),
        None => Term::Object(pairs),
    }
}

fn constant(term: &Term) -> Option<Value> {
    term.as_constant().cloned()
}
