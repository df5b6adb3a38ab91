//! Takes references and comprehensions out of the heads of comprehensions and rules. OPA's stages
//! `RewriteComprehensionTerms` and `RewriteRefsInHead`.

use super::head_refs::append;
use super::locals::Locals;
use super::state::State;
use super::walk::{self, Rewrite};
use crate::syntax::tree::{Body, Comprehension};

/// `[x[0] | ...]` becomes `[__local0__ | ...; __local0__ = x[0]]`.
pub(super) fn comprehension_heads(state: &mut State<'_>) {
    for id in state.sequence() {
        let Some(rule) = state.rules.get_mut(id.index()) else { continue };
        let mut heads = Heads { locals: &mut state.locals };
        let head = &mut rule.head;
        for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
            heads.term(term);
        }
        heads.body(&mut rule.body);
    }
}

/// The same for a query.
pub(super) fn comprehension_heads_of(locals: &mut Locals, body: &mut Body) {
    Heads { locals }.body(body);
}

/// `p := x[0] if ...` becomes `p := __local0__ if ...; __local0__ = x[0]`.
pub(super) fn rule_heads(state: &mut State<'_>) {
    for id in state.sequence() {
        let Some(rule) = state.rules.get_mut(id.index()) else { continue };
        let head = &mut rule.head;
        for term in head.key.iter_mut().chain(&mut head.value).chain(&mut head.args) {
            if walk::requires_evaluation(term) {
                let definition = state.locals.extract(term);
                append(&mut rule.body, [definition]);
            }
        }
    }
}

struct Heads<'l> {
    locals: &'l mut Locals,
}

impl Rewrite for Heads<'_> {
    fn comprehension(&mut self, comprehension: &mut Comprehension) {
        for head in walk::comprehension_heads(&mut comprehension.head) {
            if walk::requires_evaluation(head) {
                let definition = self.locals.extract(head);
                append(&mut comprehension.body, [definition]);
            }
        }
        walk::descend_comprehension(self, comprehension);
    }
}
