//! What holds when no rule does.

use super::mutant::{Effect, Operator};
use super::site::Site;
use crate::probe::reach::Polarity;
use crate::syntax::tree::{HeadValue, Rule, TermKind};

/// A default that says the opposite.
pub(super) const DEFAULT_FLIP: Operator =
    Operator { id: "default-flip", summary: "the default is the opposite" };
/// A default that is gone.
pub(super) const DEFAULT_DROP: Operator = Operator { id: "default-drop", summary: "the default is gone" };

/// A rule that starts with `default`.
pub(super) fn rule(site: &mut Site<'_>, rule: &Rule, polarity: Polarity) {
    if let HeadValue::Term(term) = &rule.head.value
        && let TermKind::Boolean(value) = term.kind
    {
        let effect = if value { Effect::Fewer } else { Effect::More };
        site.change_rule(&DEFAULT_FLIP, term.span, (!value).to_string(), (effect, polarity));
    }
    site.change_rule(&DEFAULT_DROP, rule.span, "", (Effect::Other, polarity));
}
