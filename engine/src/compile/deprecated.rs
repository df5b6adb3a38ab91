//! Reports calls of built-in functions that version 1 and strict mode refuse. OPA's stage
//! `CheckDeprecatedBuiltins`.

use super::contents::Contents;
use super::functions::Functions;
use super::locals;
use super::state::State;
use super::walk::{self, Flow, Node};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::display;
use crate::syntax::tree::{Body, Call};

/// Reports the calls of all rules that are refused.
pub(super) fn run(state: &mut State<'_>) {
    let errors: Vec<_> = state.order.iter().flat_map(|index| of_module(state, *index)).collect();
    for error in errors {
        state.report.recoverable(error);
    }
}

fn of_module(state: &State<'_>, index: usize) -> Vec<Diagnostic> {
    let functions = Functions { builtins: state.builtins, tree: &state.tree };
    let mut errors = Vec::new();
    let module = state.modules.get(index).filter(|module| {
        (state.options.strict || module.is_v1()) && module.contents.have(Contents::DEPRECATED_CALLS)
    });
    for first in module.into_iter().flat_map(|module| &module.rules) {
        let mut next = Some(*first);
        while let Some(rule) = next.and_then(|id| state.rules.get(id.index())) {
            next = rule.otherwise;
            walk::body(&rule.body, &mut |node| check(node, functions, &mut errors));
        }
    }
    errors
}

/// The calls of a query that are refused.
pub(super) fn query(body: &Body, functions: Functions<'_>) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    walk::body(body, &mut |node| check(node, functions, &mut errors));
    errors
}

fn check(node: Node<'_>, functions: Functions<'_>, errors: &mut Vec<Diagnostic>) -> Flow {
    match node {
        Node::Literal(literal) => {
            if let Some(call) = locals::call_of(literal) {
                report(call, literal.span, functions, errors);
            }
        }
        Node::Term(term) => {
            if let Some(call) = term.as_call() {
                report(call, call.operator.span, functions, errors);
            }
        }
        Node::Body | Node::With(_) | Node::Ref(_) | Node::Var(_) => {}
    }
    Flow::Descend
}

fn report(call: &Call, span: Span, functions: Functions<'_>, errors: &mut Vec<Diagnostic>) {
    if functions.builtin(&call.operator).is_some_and(|found| found.deprecated) {
        let name = display::reference(&call.operator);
        let message = format!("deprecated built-in function calls in expression: {name}");
        errors.push(Diagnostic::error(Code::Type, message, span));
    }
}
