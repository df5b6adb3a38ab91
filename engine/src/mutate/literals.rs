//! Literals that are left out, or mean the opposite.

use super::mutant::{Effect, Operator};
use super::site::{Site, call_of, function, whole_number};
use crate::probe::reach::Polarity;
use crate::syntax::tree::{Literal, LiteralKind, Term};

/// A condition is left out.
pub(super) const LITERAL_DROP: Operator =
    Operator { id: "literal-drop", summary: "the condition is left out" };
/// A negated condition is left out.
pub(super) const NOT_DROP: Operator = Operator { id: "not-drop", summary: "the exception is left out" };
/// A check of a type is left out.
pub(super) const GUARD_DROP: Operator = Operator { id: "guard-drop", summary: "the type is not looked at" };
/// Whether there are objections is not looked at.
pub(super) const OBJECTION_DROP: Operator =
    Operator { id: "objection-drop", summary: "objections are not looked at" };
/// A condition means the opposite.
pub(super) const LITERAL_NEGATE: Operator =
    Operator { id: "literal-negate", summary: "the condition is negated" };

/// A literal of a body.
pub(super) fn literal(site: &mut Site<'_>, literal: &Literal, polarity: Polarity) {
    let written = site.written(literal.span);
    let effect = (Effect::More, polarity);
    match &literal.kind {
        LiteralKind::Term(term) if is_binding(term) => {}
        LiteralKind::Term(_) if literal.negated => {
            site.change(&NOT_DROP, literal.span, "true", effect);
            let without = written.strip_prefix("not").map(str::trim_start);
            if let Some(without) = without {
                site.change(&LITERAL_NEGATE, literal.span, without, (Effect::Other, polarity));
            }
        }
        LiteralKind::Term(term) => {
            let operator = if is_guard(term) {
                &GUARD_DROP
            } else if says_nothing_objects(term) {
                &OBJECTION_DROP
            } else {
                &LITERAL_DROP
            };
            site.change(operator, literal.span, "true", effect);
            site.change(&LITERAL_NEGATE, literal.span, format!("not {written}"), (Effect::Other, polarity));
        }
        LiteralKind::Not(_) => site.change(&NOT_DROP, literal.span, "true", effect),
        LiteralKind::Every(_) | LiteralKind::And(_) | LiteralKind::Or(_) => {
            site.change(&LITERAL_DROP, literal.span, "true", effect);
        }
        LiteralKind::Declare(_) | LiteralKind::SomeIn(_) => {}
    }
}

/// Whether a term gives a value to a variable rather than asking for something.
fn is_binding(term: &Term) -> bool {
    term.as_call().is_some_and(|call| function(call) == "assign")
}

fn is_guard(term: &Term) -> bool {
    term.as_call().is_some_and(|call| GUARDS.contains(&&*function(call)))
}

/// `count(deny) == 0` and the like.
fn says_nothing_objects(term: &Term) -> bool {
    let Some(call) = call_of(term, "equal") else { return false };
    let [left, right] = call.args.as_slice() else { return false };
    let counts = |term: &Term| call_of(term, "count").is_some();
    (counts(left) && whole_number(right) == Some(0)) || (counts(right) && whole_number(left) == Some(0))
}

const GUARDS: [&str; 7] =
    ["is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string"];
