//! Rules that hold always, or never.

use super::mutant::{Effect, Operator};
use super::site::Site;
use crate::probe::reach::Polarity;
use crate::syntax::tree::Body;

/// A body that always holds.
pub(super) const BODY_TRUE: Operator = Operator { id: "body-true", summary: "the body always holds" };
/// A body that never holds.
pub(super) const BODY_FALSE: Operator = Operator { id: "body-false", summary: "the body never holds" };

/// The body of a rule or of an `else`.
pub(super) fn body(site: &mut Site<'_>, body: &Body, polarity: Polarity) {
    site.change_rule(&BODY_TRUE, body.span, "true", (Effect::More, polarity));
    site.change_rule(&BODY_FALSE, body.span, "false", (Effect::Fewer, polarity));
}
