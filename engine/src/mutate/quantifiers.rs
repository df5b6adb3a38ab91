//! Conditions on all or some elements that ask for less.

use std::collections::BTreeSet;

use super::mutant::{Effect, Operator};
use super::site::Site;
use crate::probe::reach::Polarity;
use crate::syntax::tree::{Body, Comprehension, ComprehensionHead, Every, Literal, LiteralKind, Term};

/// One element is enough.
pub(super) const EVERY_SOME: Operator = Operator { id: "every-some", summary: "one element is enough" };
/// What is asked of an element is left out.
pub(super) const SOME_DROP: Operator =
    Operator { id: "some-drop", summary: "nothing is asked of any element" };
/// Equal elements are counted apart.
pub(super) const SET_ARRAY: Operator = Operator { id: "set-array", summary: "equal elements count twice" };

/// `every x in xs { ... }`.
pub(super) fn every(site: &mut Site<'_>, literal: &Literal, every: &Every, polarity: Polarity) {
    let key = every.key.as_ref().map_or_else(String::new, |key| format!("{}, ", key.var.name.as_str()));
    let (value, domain) = (every.value.var.name.as_str(), site.written(every.domain.span));
    let replacement = format!("some {key}{value} in {domain}\n{}", site.written(every.body.span));
    site.change(&EVERY_SOME, literal.span, replacement, (Effect::More, polarity));
}

/// A body with `some x in xs`, and conditions on `x`.
pub(super) fn body(site: &mut Site<'_>, body: &Body, polarity: Polarity) {
    for literal in &body.literals {
        let LiteralKind::SomeIn(membership) = &literal.kind else { continue };
        let mut names = BTreeSet::new();
        for pattern in membership.key.iter().chain([&membership.value]) {
            if let Some(var) = pattern.as_var() {
                names.insert(var.name.as_str());
            }
        }
        if names.is_empty() {
            continue;
        }
        let kept: Vec<&str> = body
            .literals
            .iter()
            .map(|literal| site.written(literal.span))
            .filter(|written| !words(written).any(|word| names.contains(word)))
            .collect();
        let replacement = if kept.is_empty() { "true".to_owned() } else { kept.join("\n\t") };
        site.change_rule(&SOME_DROP, body.span, replacement, (Effect::More, polarity));
    }
}

/// A comprehension.
pub(super) fn comprehension(
    site: &mut Site<'_>,
    term: &Term,
    comprehension: &Comprehension,
    polarity: Polarity,
) {
    if !matches!(comprehension.head, ComprehensionHead::Set(_)) {
        return;
    }
    let written = site.written(term.span);
    let inner = written.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    if let Some(inner) = inner {
        site.change(&SET_ARRAY, term.span, format!("[{inner}]"), (Effect::More, polarity));
    }
}

/// The words of a text that could be names.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
}
