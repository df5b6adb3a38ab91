//! Turns `==` into `=`, now that it can no longer give values to variables. OPA's stage `RewriteEquals`.

use super::locals::{self, calls};
use super::state::State;
use super::walk::{self, Rewrite};
use crate::syntax::tree::Literal;

/// Rewrites the comparisons of all rules.
pub(super) fn run(state: &mut State<'_>) {
    for id in state.sequence() {
        let Some(rule) = state.rules.get_mut(id.index()) else { continue };
        let head = &mut rule.head;
        for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
            Equals.term(term);
        }
        Equals.body(&mut rule.body);
    }
}

struct Equals;

impl Rewrite for Equals {
    fn literal(&mut self, literal: &mut Literal) {
        if let Some(call) = locals::call_of_mut(literal)
            && calls(call, "equal")
            && call.args.len() == 2
        {
            let at = call.operator.span;
            call.operator = locals::plain_ref("eq", crate::source::Span { end: at.start, ..at });
        }
        walk::descend_literal(self, literal);
    }
}
