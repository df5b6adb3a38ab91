//! Collections that have an element more or less.

use std::collections::BTreeSet;

use super::mutant::{Effect, Operator};
use super::site::{Site, is_constant};
use crate::probe::reach::Polarity;
use crate::syntax::tree::{Term, TermKind};

/// One of the values is no longer meant.
pub(super) const ELEMENT_DROP: Operator =
    Operator { id: "element-drop", summary: "a value is left out of those that are meant" };
/// Another value is meant too.
pub(super) const ELEMENT_ADD: Operator =
    Operator { id: "element-add", summary: "another value is meant too" };
/// A constant has an element less.
pub(super) const CONSTANT_DROP: Operator =
    Operator { id: "constant-drop", summary: "an element of the constant is left out" };

/// `value in collection`.
pub(super) fn membership(site: &mut Site<'_>, value: &Term, collection: &Term, polarity: Polarity) {
    let Some(elements) = elements(collection).filter(|_| is_constant(collection)) else { return };
    drop_each(site, &ELEMENT_DROP, collection, elements.len(), polarity);
    let known: BTreeSet<&str> = elements.iter().map(|element| site.written(element.span)).collect();
    let vocabulary = site.vocabulary;
    let others = vocabulary.constants.get(site.written(value.span)).into_iter().flatten();
    let added: Vec<&String> = others.filter(|other| !known.contains(&***other)).take(MAX_ADDED).collect();
    for other in added {
        let all = known.iter().copied().chain([&**other]).collect::<Vec<_>>().join(", ");
        let replacement = match collection.kind {
            TermKind::Array(_) => format!("[{all}]"),
            _ => format!("{{{all}}}"),
        };
        site.change(&ELEMENT_ADD, collection.span, replacement, (Effect::More, polarity));
    }
}

/// The value of a rule.
pub(super) fn constant(site: &mut Site<'_>, value: &Term, polarity: Polarity) {
    let count = match &value.kind {
        TermKind::Array(terms) | TermKind::Set(terms) => terms.len(),
        TermKind::Object(pairs) => pairs.len(),
        _ => return,
    };
    if is_constant(value) {
        drop_each(site, &CONSTANT_DROP, value, count, polarity);
    }
}

fn elements(collection: &Term) -> Option<&[Term]> {
    match &collection.kind {
        TermKind::Array(terms) | TermKind::Set(terms) => Some(terms),
        _ => None,
    }
}

fn drop_each(
    site: &mut Site<'_>,
    operator: &'static Operator,
    collection: &Term,
    count: usize,
    polarity: Polarity,
) {
    let written: Vec<String> = match &collection.kind {
        TermKind::Array(terms) | TermKind::Set(terms) => {
            terms.iter().map(|term| site.written(term.span).to_owned()).collect()
        }
        TermKind::Object(pairs) => pairs
            .iter()
            .map(|(key, value)| format!("{}: {}", site.written(key.span), site.written(value.span)))
            .collect(),
        _ => return,
    };
    for left_out in 0..count.min(MAX_DROPPED) {
        let kept = written.iter().enumerate().filter(|(at, _)| *at != left_out);
        let kept = kept.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(", ");
        let replacement = match &collection.kind {
            TermKind::Array(_) => format!("[{kept}]"),
            TermKind::Set(_) if kept.is_empty() => "set()".to_owned(),
            _ => format!("{{{kept}}}"),
        };
        site.change(operator, collection.span, replacement, (Effect::Fewer, polarity));
    }
}

/// How many elements of one collection are left out, each for one mutant, and how many are added.
const MAX_DROPPED: usize = 8;
const MAX_ADDED: usize = 2;
