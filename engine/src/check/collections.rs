//! Where collections come from, and which conditions ask whether one is empty.

use super::body::{Apply, Ask, Condition, Reading};
use super::paths::{Path, Target};
use super::subject::Subject;
use crate::compile::RuleId;
use crate::syntax::tree::{Body, Comprehension, Term, TermKind};

/// Where a collection comes from.
#[derive(Debug)]
pub(super) enum Collection<'a> {
    /// Rules that add elements: empty when none does, and never missing.
    Rules(&'a [RuleId]),
    /// A comprehension: empty when its body has no answer, and never missing.
    Comprehension(&'a Comprehension),
    /// A base document.
    Base,
    /// `object.get` with what it gives when there is nothing.
    Fallback(&'a Term),
    /// Anything else.
    Other,
}

/// Where the collection comes from that a term stands for.
pub(super) fn collection<'a>(subject: &Subject<'a>, reading: &Reading<'a>, term: &'a Term) -> Collection<'a> {
    if let TermKind::Comprehension(comprehension) = &reading.resolve(term).kind {
        return Collection::Comprehension(comprehension);
    }
    if let Some(fallback) = reading.output(term).and_then(fallback) {
        return Collection::Fallback(fallback);
    }
    let Some(reference) = reading.reference(term) else { return Collection::Other };
    match subject.target(&reference) {
        Target::Base { whole: true, .. } => Collection::Base,
        Target::Rules { rules, inside: false } => {
            let adds =
                |id: &RuleId| subject.compiled.rule(*id).is_some_and(|rule| rule.head.is_multi_value());
            if rules.iter().all(adds) { Collection::Rules(rules) } else { Collection::Other }
        }
        Target::Base { whole: false, .. } | Target::Rules { inside: true, .. } | Target::Other => {
            Collection::Other
        }
    }
}

/// What a call of `object.get` gives when there is nothing.
pub(super) fn fallback(apply: Apply<'_>) -> Option<&Term> {
    match apply.args {
        [_, _, fallback] if apply.calls("object.get") => Some(fallback),
        _ => None,
    }
}

/// The collection that has to be empty for a condition to hold.
pub(super) fn asked_to_be_empty<'a>(reading: &Reading<'a>, condition: &Condition<'a>) -> Option<&'a Term> {
    let Ask::Apply(apply) = condition.ask else { return None };
    let [left, right] = apply.args else { return None };
    if apply.calls("eq") && !condition.negated {
        // `count(x) == 0`, `x == set()`
        for (side, other) in [(left, right), (right, left)] {
            if is_number(other, "0")
                && let Some(counted) = counted(reading, side)
            {
                return Some(counted);
            }
            if is_empty(other) {
                return Some(side);
            }
        }
        return None;
    }
    let counts = counted(reading, left)?;
    let says_so = if condition.negated {
        // `not count(x) > 0`, `not count(x) >= 1`, `not count(x) != 0`
        apply.calls("gt") && is_number(right, "0")
            || apply.calls("gte") && is_number(right, "1")
            || apply.calls("neq") && is_number(right, "0")
    } else {
        // `count(x) < 1`, `count(x) <= 0`
        apply.calls("lt") && is_number(right, "1") || apply.calls("lte") && is_number(right, "0")
    };
    says_so.then_some(counts)
}

/// Whether a constant is an empty collection.
pub(super) fn is_empty(term: &Term) -> bool {
    match &term.kind {
        TermKind::Array(terms) | TermKind::Set(terms) => terms.is_empty(),
        TermKind::Object(pairs) => pairs.is_empty(),
        TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Var(_)
        | TermKind::Ref(_)
        | TermKind::Comprehension(_)
        | TermKind::Call(_) => false,
    }
}

/// A document that a collection is made from and that may be missing when a granting rule finds it empty.
pub(super) fn missing_source<'a>(
    subject: &Subject<'a>,
    reading: &Reading<'a>,
    term: &'a Term,
    granting: RuleId,
) -> Option<Path> {
    match collection(subject, reading, term) {
        Collection::Rules(rules) => subject.missing_from(rules, granting),
        Collection::Comprehension(comprehension) => {
            let body: &Body = &comprehension.body;
            subject.missing_from_body(body, reading, granting)
        }
        // OPA's `count` of what is missing is undefined, and so the condition doesn't hold.
        Collection::Base | Collection::Fallback(_) | Collection::Other => None,
    }
}

fn counted<'a>(reading: &Reading<'a>, term: &'a Term) -> Option<&'a Term> {
    let apply = reading.output(term).filter(|apply| apply.calls("count"))?;
    apply.args.first()
}

fn is_number(term: &Term, text: &str) -> bool {
    matches!(&term.kind, TermKind::Number(number) if number == text)
}
