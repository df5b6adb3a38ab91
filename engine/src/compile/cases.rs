//! Lets tests with several cases say which case they are in. The stage `InjectTestCaseFunc` that `opa test` adds.
//!
//! Such a test has keys after its name, as in `test_upper[note]`. Its body gets a call of `internal.test_case` with the
//! keys, as early as they have values, so that a case is known that does not hold after that.

use super::locals::{self, call_of, calls, has_generated_output, is_generated};
use super::rule::Rule;
use super::state::State;
use super::templates::internal_ref;
use super::vars::VarSet;
use super::walk::{self, Flow, Node};
use crate::source::Span;
use crate::syntax::tree::{Body, Call, Literal, Name, Notation, Term, TermKind};
use thin_vec::thin_vec;

/// Adds the calls to the rules that have one of the elements in their heads which
/// [`CompileOptions::cases`](super::CompileOptions::cases) names.
pub(super) fn run(state: &mut State<'_>) {
    let names = state.options.cases;
    if names.is_empty() {
        return;
    }
    let modules = state.order.iter().filter_map(|index| state.modules.get(*index));
    let firsts: Vec<_> = modules.flat_map(|module| module.rules.iter().copied()).collect();
    for id in firsts {
        if let Some(rule) = state.rules.get_mut(id.index()) {
            name_cases(rule, names);
        }
    }
}

fn name_cases(rule: &mut Rule, names: &[Span]) {
    let reference = &rule.head.reference;
    let mut elements = std::iter::once(&reference.head).chain(&reference.operands);
    let Some(position) = elements.position(|element| names.binary_search(&element.span).is_ok()) else {
        return;
    };
    let keys = reference.operands.get(position..).unwrap_or_default().to_vec();
    if keys.is_empty() || names_itself(&rule.body) {
        return;
    }
    let span = Span { end: reference.span.start, ..reference.span };
    let literals = &mut rule.body.literals;
    for key in keys.iter().filter_map(Term::as_var) {
        lift(literals, &key.name);
    }
    let vars = keys.iter().filter_map(Term::as_var).map(|key| key.name.clone()).collect();
    let position = last_first_use(literals, vars).map_or(0, |index| index + 1);
    let args = thin_vec![Term { span, kind: TermKind::Array(keys.into()) }];
    let call = Call { operator: internal_ref(FUNCTION, span), args, notation: Notation::Prefix };
    literals.insert(position, locals::call_literal(call, span));
}

/// Whether a body calls the function already, at any depth.
fn names_itself(body: &Body) -> bool {
    let mut found = false;
    walk::body(body, &mut |node| {
        if let Node::Literal(literal) = node {
            found |= call_of(literal).is_some_and(|call| {
                let [part] = call.operator.operands.as_slice() else { return false };
                let is_internal = call.operator.head.as_var().is_some_and(|var| &*var.name == "internal");
                is_internal && part.as_string().is_some_and(|part| &**part == FUNCTION)
            });
        }
        if found { Flow::Skip } else { Flow::Descend }
    });
    found
}

/// Moves the definition of a key that was written as an expression up to where its variables are first used.
///
/// Only what the compiler generated is moved: the order of the rest is the author's.
fn lift(literals: &mut [Literal], key: &Name) {
    let Some(from) = literals.iter().rposition(|literal| defines(literal, key)) else { return };
    let needed: VarSet = literals.get(from).map(needs).unwrap_or_default();
    let to = if needed.is_empty() {
        0
    } else {
        last_first_use(literals.get(..from).unwrap_or_default(), needed).unwrap_or_default() + 1
    };
    if let Some(moved) = literals.get_mut(to..=from) {
        moved.rotate_right(1);
    }
}

/// Whether a literal is the generated definition of a variable.
fn defines(literal: &Literal, name: &Name) -> bool {
    call_of(literal).is_some_and(|call| {
        calls(call, "eq")
            && has_generated_output(call)
            && call.args.first().and_then(Term::as_var).is_some_and(|var| var.name == *name)
    })
}

/// The local variables that a definition needs.
fn needs(definition: &Literal) -> VarSet {
    let mut found = VarSet::new();
    let values = call_of(definition).into_iter().flat_map(|call| call.args.iter().skip(1));
    for value in values {
        walk::term(value, &mut |node| {
            if let Node::Var(var) = node
                && is_generated(&var.name)
            {
                found.insert(var.name.clone());
            }
            Flow::Descend
        });
    }
    found
}

/// The literal with which all of some variables were met, of those that are met at all.
fn last_first_use(literals: &[Literal], mut vars: VarSet) -> Option<usize> {
    let mut last = None;
    for (index, literal) in literals.iter().enumerate() {
        if vars.is_empty() {
            break;
        }
        walk::literal(literal, &mut |node| {
            if let Node::Var(var) = node
                && vars.remove(&var.name)
            {
                last = Some(index);
            }
            Flow::Descend
        });
    }
    last
}

/// The function in `internal`.
const FUNCTION: &str = "test_case";
