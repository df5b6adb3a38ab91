//! Calls of functions that don't exist or take another number of arguments. OPA's stage `CheckUndefinedFuncs`.

use super::written::WrittenNames;

use super::functions::Functions;
use super::locals::{calls, has_generated_output};
use super::state::{State, shown_ref};
use super::walk::{self, Flow, Node};
use super::{UndefinedCalls, locals, rule::Rule};
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::tree::{Body, Call, Literal};

/// Reports the calls of all rules that can't be.
pub(super) fn run(state: &mut State<'_>) {
    if state.options.undefined_calls == UndefinedCalls::Allow {
        return;
    }
    let functions = Functions { builtins: state.builtins, tree: &state.tree };
    let mut errors = Vec::new();
    for id in state.sequence() {
        let Some(rule) = state.rules.get(id.index()) else { continue };
        check_rule(rule, functions, &state.rewritten, &mut errors);
    }
    for error in errors {
        state.report.fatal(error);
    }
}

/// Who calls: the types of rules are known to queries only, and with them OPA chooses its words.
#[derive(Debug, Clone, Copy)]
enum Asker {
    Rule,
    Query,
}

fn check_rule(rule: &Rule, functions: Functions<'_>, rewritten: &WrittenNames, errors: &mut Vec<Diagnostic>) {
    let mut visit = |node: Node<'_>| check_node(node, functions, rewritten, Asker::Rule, errors);
    for term in rule.head.args.iter().chain(&rule.head.key).chain(&rule.head.value) {
        walk::term(term, &mut visit);
    }
    walk::body(&rule.body, &mut visit);
}

/// The calls of a query that can't be.
pub(super) fn query(body: &Body, functions: Functions<'_>, rewritten: &WrittenNames) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    walk::body(body, &mut |node| check_node(node, functions, rewritten, Asker::Query, &mut errors));
    errors
}

fn check_node(
    node: Node<'_>,
    functions: Functions<'_>,
    rewritten: &WrittenNames,
    asker: Asker,
    errors: &mut Vec<Diagnostic>,
) -> Flow {
    let Node::Literal(literal) = node else { return Flow::Descend };
    let Some(call) = locals::call_of(literal) else { return Flow::Descend };
    match problem(literal, call, functions, rewritten, asker) {
        Some(error) => {
            errors.push(error);
            Flow::Skip
        }
        None => Flow::Descend,
    }
}

fn problem(
    literal: &Literal,
    call: &Call,
    functions: Functions<'_>,
    rewritten: &WrittenNames,
    asker: Asker,
) -> Option<Diagnostic> {
    let error = |message: String| Some(Diagnostic::error(Code::Type, message, literal.span));
    let Some(arity) = functions.arity(&call.operator) else {
        return error(format!("undefined function {}", shown_ref(rewritten, &call.operator)));
    };
    let count = call.args.len();
    let given = if has_generated_output(call) {
        if calls(call, "eq") || count == arity + 1 {
            return None;
        }
        count - 1
    } else {
        if count == arity || count == arity + 1 {
            return None;
        }
        count
    };
    let name = shown_ref(rewritten, &call.operator);
    let has_type = match asker {
        Asker::Rule => functions.builtin(&call.operator).is_some(),
        Asker::Query => functions.builtin(&call.operator).is_some() || arity > 0,
    };
    if has_type {
        return error(format!("{name}: arity mismatch"));
    }
    let plural = if given == 1 { "" } else { "s" };
    error(format!("function {name} has arity {arity}, got {given} argument{plural}"))
}
