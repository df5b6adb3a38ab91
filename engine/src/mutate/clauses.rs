//! Bodies of which a part is enough, and branches that are gone.

use super::mutant::{Effect, Operator};
use super::site::Site;
use crate::probe::reach::Polarity;
use crate::source::Span;
use crate::syntax::tree::{LiteralKind, Rule};

/// Either half of a body is enough.
pub(super) const BODY_SPLIT: Operator =
    Operator { id: "body-split", summary: "either part of the body is enough" };
/// An `else` is gone.
pub(super) const ELSE_DROP: Operator = Operator { id: "else-drop", summary: "the `else` is gone" };

/// The branches of a rule, and where its body can be split.
pub(super) fn rule(site: &mut Site<'_>, rule: &Rule, polarity: Polarity) {
    for branch in &rule.branches {
        site.change_rule(&ELSE_DROP, branch.span, "", (Effect::Other, polarity));
    }
    let Some(body) = rule.body.as_ref().filter(|_| rule.branches.is_empty() && !rule.chained) else { return };
    let between = Span { start: rule.head.span.end, end: body.span.start, ..body.span };
    if !site.written(between).contains('{') {
        return;
    }
    let keyword = if rule.head.uses_if { " if" } else { "" };
    let again = format!("\n}}\n\n{}{keyword} {{\n\t", site.written(rule.head.span));
    for (left, right) in body.literals.iter().zip(body.literals.iter().skip(1)) {
        // A declaration alone is no condition.
        if matches!(left.kind, LiteralKind::Declare(_)) {
            continue;
        }
        let gap = Span { start: left.span.end, end: right.span.start, ..left.span };
        site.change_rule(&BODY_SPLIT, gap, again.clone(), (Effect::More, polarity));
    }
}
