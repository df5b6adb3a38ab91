//! Comparisons that are less exact, and bounds that lie elsewhere.

use super::mutant::{Effect, Operator};
use super::site::{Site, path_below, whole_number};
use crate::probe::reach::Polarity;
use crate::syntax::tree::{Call, Term, TermKind};

/// What starts like a text is taken for it.
pub(super) const EQUAL_PREFIX: Operator =
    Operator { id: "equal-prefix", summary: "the same start is enough" };
/// The bound itself is let in.
pub(super) const BOUND_LOOSE: Operator = Operator { id: "bound-loose", summary: "the bound is let in" };
/// The bound itself is kept out.
pub(super) const BOUND_TIGHT: Operator = Operator { id: "bound-tight", summary: "the bound is kept out" };
/// The other side of the bound is meant.
pub(super) const BOUND_FLIP: Operator =
    Operator { id: "bound-flip", summary: "the other side of the bound is meant" };
/// The bound is one more or less.
pub(super) const BOUND_SHIFT: Operator = Operator { id: "bound-shift", summary: "the number is another one" };

/// A call of an operator that compares.
pub(super) fn call(site: &mut Site<'_>, term: &Term, call: &Call, name: &str, polarity: Polarity) {
    let [left, right] = call.args.as_slice() else { return };
    let operator = call.operator.span;
    let mut change = |with: &'static Operator, text: &str, effect| {
        site.change(with, operator, text, (effect, polarity));
    };
    match name {
        "equal" => {
            prefix(site, term, (left, right), polarity);
            for number in [left, right] {
                shift(site, number, Effect::Other, polarity);
            }
        }
        "lt" => {
            change(&BOUND_LOOSE, "<=", Effect::More);
            change(&BOUND_FLIP, ">", Effect::Other);
        }
        "lte" => {
            change(&BOUND_TIGHT, "<", Effect::Fewer);
            change(&BOUND_FLIP, ">", Effect::Other);
        }
        "gt" => {
            change(&BOUND_LOOSE, ">=", Effect::More);
            change(&BOUND_FLIP, "<", Effect::Other);
        }
        "gte" => {
            change(&BOUND_TIGHT, ">", Effect::Fewer);
            change(&BOUND_FLIP, "<", Effect::Other);
        }
        _ => {}
    }
    match name {
        "lt" | "lte" => {
            shift(site, right, Effect::More, polarity);
            shift(site, left, Effect::Fewer, polarity);
        }
        "gt" | "gte" => {
            shift(site, right, Effect::Fewer, polarity);
            shift(site, left, Effect::More, polarity);
        }
        _ => {}
    }
}

/// `upwards` is what a greater number does.
fn shift(site: &mut Site<'_>, number: &Term, upwards: Effect, polarity: Polarity) {
    let Some(value) = whole_number(number) else { return };
    if let Some(greater) = value.checked_add(1) {
        site.change(&BOUND_SHIFT, number.span, greater.to_string(), (upwards, polarity));
    }
    if let Some(less) = value.checked_sub(1) {
        site.change(&BOUND_SHIFT, number.span, less.to_string(), (upwards.reversed(), polarity));
    }
}

fn prefix(site: &mut Site<'_>, term: &Term, (left, right): (&Term, &Term), polarity: Polarity) {
    let may_be_text = |term: &Term| match &term.kind {
        TermKind::String(name) => !name.as_str().is_empty(),
        TermKind::Var(_) | TermKind::Ref(_) | TermKind::Template(_) => true,
        TermKind::Call(_)
        | TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::Array(_)
        | TermKind::Object(_)
        | TermKind::Set(_)
        | TermKind::Comprehension(_) => false,
    };
    if !may_be_text(left) || !may_be_text(right) {
        return;
    }
    // Whoever asks can make what they say longer, and nothing else.
    let is_asked = |term: &Term| term.as_ref_term().is_some_and(|term| path_below(term, "input").is_some());
    let swaps =
        left.as_string().is_some() || (is_asked(right) && !is_asked(left) && right.as_string().is_none());
    let (text, start) = if swaps { (right, left) } else { (left, right) };
    let replacement = format!("startswith({}, {})", site.written(text.span), site.written(start.span));
    site.change(&EQUAL_PREFIX, term.span, replacement, (Effect::More, polarity));
}
