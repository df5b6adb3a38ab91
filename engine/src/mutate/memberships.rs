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
    drop_each(site, &ELEMENT_DROP, collection, polarity);
    let known: BTreeSet<&str> = elements.iter().map(|element| site.written(element.span)).collect();
    let vocabulary = site.vocabulary;
    let others = vocabulary.constants.get(site.written(value.span)).into_iter().flatten();
    let added: Vec<&String> = others.filter(|other| !known.contains(&***other)).take(MAX_ADDED).collect();
    for other in added {
        let all: Vec<&str> = known.iter().copied().chain([&**other]).collect();
        site.change(&ELEMENT_ADD, collection.span, collected(collection, &all), (Effect::More, polarity));
    }
}

/// The value of a rule.
pub(super) fn constant(site: &mut Site<'_>, value: &Term, polarity: Polarity) {
    if is_constant(value) {
        drop_each(site, &CONSTANT_DROP, value, polarity);
    }
}

fn elements(collection: &Term) -> Option<&[Term]> {
    if let TermKind::Array(terms) | TermKind::Set(terms) = &collection.kind { Some(terms) } else { None }
}

fn drop_each(site: &mut Site<'_>, operator: &'static Operator, collection: &Term, polarity: Polarity) {
    let written: Vec<String> = if let TermKind::Object(pairs) = &collection.kind {
        let pair =
            |(key, value): &(Term, Term)| format!("{}: {}", site.written(key.span), site.written(value.span));
        pairs.iter().map(pair).collect()
    } else {
        let terms = elements(collection).into_iter().flatten();
        terms.map(|term| site.written(term.span).to_owned()).collect()
    };
    for left_out in 0..written.len().min(MAX_DROPPED) {
        let kept = written.iter().enumerate().filter(|(at, _)| *at != left_out);
        let kept: Vec<&str> = kept.map(|(_, text)| text.as_str()).collect();
        let replacement = collected(collection, &kept);
        site.change(operator, collection.span, replacement, (Effect::Fewer, polarity));
    }
}

/// A collection of the same kind with other elements.
fn collected(like: &Term, elements: &[&str]) -> String {
    let all = elements.join(", ");
    if matches!(like.kind, TermKind::Array(_)) {
        format!("[{all}]")
    } else if matches!(like.kind, TermKind::Set(_)) && all.is_empty() {
        "set()".to_owned()
    } else {
        format!("{{{all}}}")
    }
}

/// How many elements of one collection are left out, each for one mutant, and how many are added.
const MAX_DROPPED: usize = 8;
const MAX_ADDED: usize = 2;
