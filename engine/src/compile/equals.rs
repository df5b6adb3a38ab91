//! Turns `==` into `=`, now that it can no longer give values to variables. OPA's stage `RewriteEquals`.

use super::locals::{self, calls};
use super::state::State;
use super::walk::{self, Rewrite};
use crate::syntax::tree::Literal;

/// Rewrites the comparisons of all rules.
pub(super) fn run(state: &mut State<'_>) {
    let mut equals = Equals { found: false };
    for id in state.sequence() {
        let Some(rule) = state.rules.get_mut(id.index()) else { continue };
        let head = &mut rule.head;
        for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
            equals.term(term);
        }
        equals.body(&mut rule.body);
    }
    if equals.found {
        state.replaced.insert("equal");
    }
}

struct Equals {
    found: bool,
}

impl Rewrite for Equals {
    fn literal(&mut self, literal: &mut Literal) {
        if let Some(call) = locals::call_of_mut(literal)
            && calls(call, "equal")
            && call.args.len() == 2
        {
            self.found = true;
            let at = call.operator.span;
            call.operator = locals::plain_ref("eq", crate::source::Span { end: at.start, ..at });
        }
        walk::descend_literal(self, literal);
    }
}
