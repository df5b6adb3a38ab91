//! Checks that the variables of a rule's head occur in its body.

use super::messages;
use crate::compile::assemble::parameter_vars;
use crate::compile::declare::may_have_vars;
use crate::compile::locals::is_generated;
use crate::compile::locals::shown;
use crate::compile::rule::Rule;
use crate::compile::state::{State, written};
use crate::compile::vars::{self, Skip};
use crate::compile::walk::{self, Flow, Node};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::tree::Name;
use std::collections::BTreeMap;

/// Reports variables of heads that their bodies don't have.
pub(in crate::compile) fn run(state: &mut State<'_>) {
    let mut scopes = messages::RuleScopes::new();
    for id in state.sequence() {
        let Some(rule) = state.rules.get(id.index()).filter(|rule| may_have_vars(rule)) else { continue };
        let mut known = vars::of_body(&rule.body, Skip::SAFETY);
        known.extend(parameter_vars(&rule.head.args));
        let open: Vec<_> = head_vars(rule).into_iter().filter(|(name, _)| !known.contains(name)).collect();
        let errors: Vec<_> = open
            .into_iter()
            .map(|(name, span)| (written(&state.rewritten, name), span))
            .filter(|(name, _)| !is_generated(name))
            .map(|(name, span)| (shown(name).to_owned(), span))
            .collect();
        if errors.is_empty() {
            continue;
        }
        let scope = scopes.of(state, id);
        for (name, span) in errors {
            let message = format!("var {name} is unsafe{scope}");
            state.report.fatal(Diagnostic::error(Code::UnsafeVar, message, span));
        }
    }
}

/// The variables of a head, each with the last of its places that OPA remembers.
fn head_vars(rule: &Rule) -> BTreeMap<&Name, Option<Span>> {
    let mut found = BTreeMap::new();
    let head = &rule.head;
    for term in head.key.iter().chain(&head.value).chain(&head.reference.operands) {
        walk::term(term, &mut |node| {
            match node {
                Node::Term(term) => {
                    found.extend(term.as_var().map(|var| (&var.name, Some(term.span))));
                }
                Node::Literal(literal) => {
                    let declared = literal.declared();
                    found.extend(declared.map(|declared| (&declared.var.name, Some(declared.span))));
                }
                Node::Body | Node::With(_) | Node::Ref(_) | Node::Var(_) => {}
            }
            Flow::Descend
        });
    }
    found
}
