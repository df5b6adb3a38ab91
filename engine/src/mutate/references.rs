//! References that lead elsewhere, and what stands in for what is missing.

use super::mutant::{Effect, Operator};
use super::site::{Site, path_below, whole_number};
use crate::probe::reach::Polarity;
use crate::syntax::tree::{Call, Ref, Term, TermKind};

/// Another field of the input is read.
pub(super) const INPUT_SIBLING: Operator =
    Operator { id: "input-sibling", summary: "another field of the input is read" };
/// A base document is not there.
pub(super) const DATA_MISSING: Operator =
    Operator { id: "data-missing", summary: "the document is not there" };
/// Another part of a text that was taken apart is read.
pub(super) const SPLIT_INDEX: Operator =
    Operator { id: "split-index", summary: "the part beside it is read" };
/// What is missing is taken for true.
pub(super) const DEFAULT_TRUE: Operator =
    Operator { id: "missing-true", summary: "what is missing counts as true" };
/// What is missing is taken for false.
pub(super) const DEFAULT_FALSE: Operator =
    Operator { id: "missing-false", summary: "what is missing counts as false" };
/// What is missing is taken for a list with everything.
pub(super) const DEFAULT_WILD: Operator =
    Operator { id: "missing-all", summary: "what is missing counts as everything" };
/// What is missing is taken for a large number.
pub(super) const DEFAULT_NUMBER: Operator =
    Operator { id: "missing-large", summary: "what is missing counts as a large number" };

/// A reference.
pub(super) fn reference(site: &mut Site<'_>, reference: &Ref, polarity: Polarity) {
    if let Some(path) = path_below(reference, "input") {
        sibling(site, reference, &path);
    }
    if let Some(first) = leading_names(reference, "data") {
        let is_defined = site.defined.iter().any(|defined| {
            let common = defined.iter().zip(&first).take_while(|(one, other)| one == other).count();
            common == defined.len().min(first.len())
        });
        let last = reference.operands.get(first.len().saturating_sub(1));
        if let Some(last) = last.filter(|_| !is_defined) {
            let written = site.written(last.span);
            let missing = match written.strip_suffix('"') {
                Some(start) => format!("{start}_missing\""),
                None => format!("{written}_missing"),
            };
            site.change(&DATA_MISSING, last.span, missing, (Effect::Fewer, polarity));
        }
    }
    let may_be_parts = matches!(reference.head.kind, TermKind::Var(_) | TermKind::Call(_));
    for operand in reference.operands.iter().filter(|_| may_be_parts) {
        let Some(index) = whole_number(operand) else { continue };
        let beside = [index.checked_add(1), index.checked_sub(1).filter(|less| *less >= 0)];
        for other in beside.into_iter().flatten() {
            site.change(&SPLIT_INDEX, operand.span, other.to_string(), (Effect::Other, polarity));
        }
    }
}

fn sibling(site: &mut Site<'_>, reference: &Ref, path: &[&str]) {
    let Some((name, parent)) = path.split_last() else { return };
    let Some(last) = reference.operands.last() else { return };
    let vocabulary = site.vocabulary;
    let Some(names) = vocabulary.inputs.get(&parent.join(".")) else { return };
    // The next in the alphabet, and after the last the first: one for each place.
    let next = names.iter().find(|other| other.as_str() > *name).or_else(|| names.first());
    let Some(other) = next.filter(|other| other.as_str() != *name) else { return };
    let is_quoted = site.written(last.span).starts_with(['"', '`']);
    let is_name = other.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    let replacement = match (is_quoted, is_name) {
        (true, _) => crate::value::json_string(other),
        (false, true) => other.clone(),
        (false, false) => return,
    };
    site.change(&INPUT_SIBLING, last.span, replacement, (Effect::Other, Polarity::Unknown));
}

/// The names that a reference below `root` starts with.
fn leading_names(reference: &Ref, root: &str) -> Option<Vec<String>> {
    reference.head.as_var().filter(|var| var.name.as_str() == root)?;
    let names = reference.operands.iter().map_while(|operand| operand.as_string());
    let names: Vec<String> = names.map(|name| name.as_str().to_owned()).collect();
    (!names.is_empty()).then_some(names)
}

/// A call of `object.get`.
pub(super) fn object_get(site: &mut Site<'_>, call: &Call, polarity: Polarity) {
    let [_, _, default] = call.args.as_slice() else { return };
    let (operator, replacement, effect): (_, _, _) = match &default.kind {
        TermKind::Boolean(false) => (&DEFAULT_TRUE, "true", Effect::More),
        TermKind::Boolean(true) => (&DEFAULT_FALSE, "false", Effect::Fewer),
        TermKind::Array(elements) if elements.is_empty() => (&DEFAULT_WILD, r#"["*"]"#, Effect::Other),
        TermKind::Set(elements) if elements.is_empty() => (&DEFAULT_WILD, r#"{"*"}"#, Effect::Other),
        TermKind::Number(_) => (&DEFAULT_NUMBER, "1000000", Effect::Other),
        TermKind::Null
        | TermKind::Array(_)
        | TermKind::Set(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Var(_)
        | TermKind::Ref(_)
        | TermKind::Object(_)
        | TermKind::Comprehension(_)
        | TermKind::Call(_) => return,
    };
    site.change(operator, default.span, replacement, (effect, polarity));
}

/// The field that a path of the input ends with, and the path before it.
pub(super) fn input_field(term: &Term) -> Option<(String, String)> {
    let path = path_below(term.as_ref_term()?, "input")?;
    let (name, parent) = path.split_last()?;
    Some((parent.join("."), (*name).to_owned()))
}
