//! Takes calls out of terms, into literals of their own before the literal they were part of.
//! OPA's stage `RewriteExprTerms`.
//!
//! This is where operands leave a `not`: `not count(xs) > 0` becomes `count(xs, __local0__); not __local0__ > 0`,
//! so the whole body is undefined if `xs` is.

use super::head_refs::append;
use super::locals::{self, Locals};
use super::state::State;
use super::walk;
use crate::syntax::tree::{Body, Comprehension, Literal, LiteralKind, Notation, Ref, Term, TermKind};

/// Expands the terms of all rules; those of heads go into the bodies.
pub(super) fn run(state: &mut State<'_>) {
    for id in state.sequence() {
        let Some(rule) = state.rules.get_mut(id.index()) else { continue };
        let locals = &mut state.locals;
        let head = &mut rule.head;
        for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
            let mut support = Vec::new();
            expand_term(locals, term, &mut support);
            append(&mut rule.body, support);
        }
        expand_body(locals, &mut rule.body);
    }
}

/// Expands the terms of a body.
pub(super) fn expand_body(locals: &mut Locals, body: &mut Body) {
    let literals = std::mem::take(&mut body.literals);
    body.literals.reserve(literals.len());
    for literal in literals {
        expand_literal(locals, literal, &mut body.literals);
    }
}

fn expand_literal(locals: &mut Locals, mut literal: Literal, out: &mut Vec<Literal>) {
    for with in &mut literal.with {
        expand_term(locals, &mut with.value, out);
    }
    let first = out.len();
    match &mut literal.kind {
        LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => {
            for arg in &mut call.args {
                expand_term(locals, arg, out);
            }
        }
        LiteralKind::Term(term) => expand_term(locals, term, out),
        LiteralKind::Every(every) => {
            let definition = locals.extract(&mut every.domain);
            expand_literal(locals, definition, out);
            expand_body(locals, &mut every.body);
        }
        LiteralKind::Not(not) => expand_body(locals, &mut not.body),
        LiteralKind::And(both) | LiteralKind::Or(both) => {
            expand_body(locals, &mut both.left.body);
            expand_body(locals, &mut both.right.body);
        }
        LiteralKind::Declare(_) | LiteralKind::SomeIn(_) => {}
    }
    if !literal.with.is_empty() {
        for support in out.iter_mut().skip(first) {
            support.with.clone_from(&literal.with);
        }
    }
    out.push(literal);
}

/// Replaces the calls of a term by variables, and adds the literals that define these.
fn expand_term(locals: &mut Locals, term: &mut Term, out: &mut Vec<Literal>) {
    match &mut term.kind {
        TermKind::Call(call) => {
            for arg in &mut call.args {
                expand_term(locals, arg, out);
            }
            let name = locals.fresh();
            let usage = locals::usage(&name, term);
            let call = std::mem::replace(term, usage);
            let span = term.span;
            if let TermKind::Call(mut call) = call.kind {
                call.args.reserve_exact(1);
                call.args.push(locals::definition(&name, span));
                call.notation = Notation::Prefix;
                out.push(locals::call_literal(*call, span));
            }
        }
        TermKind::Ref(reference) => expand_ref(locals, reference, out),
        TermKind::Array(terms) => {
            for term in terms {
                expand_term(locals, term, out);
            }
        }
        TermKind::Set(terms) => {
            for term in walk::in_order(terms) {
                expand_term(locals, term, out);
            }
        }
        TermKind::Object(pairs) => {
            for (key, value) in walk::pairs_in_order(pairs) {
                expand_term(locals, key, out);
                expand_term(locals, value, out);
            }
        }
        TermKind::Comprehension(comprehension) => expand_comprehension(locals, comprehension),
        TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Var(_) => {}
    }
}

fn expand_comprehension(locals: &mut Locals, comprehension: &mut Comprehension) {
    for head in walk::comprehension_heads(&mut comprehension.head) {
        let mut support = Vec::new();
        expand_term(locals, head, &mut support);
        append(&mut comprehension.body, support);
    }
    expand_body(locals, &mut comprehension.body);
}

/// References start at variables: `[1, 2][i]` becomes `__local0__ = [1, 2]; __local0__[i]`.
fn expand_ref(locals: &mut Locals, reference: &mut Ref, out: &mut Vec<Literal>) {
    expand_term(locals, &mut reference.head, out);
    for operand in &mut reference.operands {
        expand_term(locals, operand, out);
    }
    let starts_at_collection = matches!(
        reference.head.kind,
        TermKind::Array(_) | TermKind::Object(_) | TermKind::Set(_) | TermKind::Comprehension(_)
    );
    if starts_at_collection {
        out.push(locals.extract_head(&mut reference.head));
    }
}
