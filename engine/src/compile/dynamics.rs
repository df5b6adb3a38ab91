//! Takes references and comprehensions out of terms, so that each is evaluated once and before it is needed.
//! OPA's stage `RewriteDynamicTerms`.

use super::locals::{Locals, calls};
use super::state::State;
use super::walk;
use crate::compact::compact;
use crate::syntax::tree::{Body, Literal, LiteralKind, Term, TermKind, With};

/// `f(data.x)` becomes `__local0__ = data.x; f(__local0__)`.
pub(super) fn run(state: &mut State<'_>) {
    for id in state.sequence() {
        let Some(rule) = state.rules.get_mut(id.index()) else { continue };
        rewrite(&mut state.locals, &mut rule.body);
    }
}

/// The same for one body and those inside.
pub(super) fn rewrite(locals: &mut Locals, body: &mut Body) {
    let literals = std::mem::take(&mut body.literals);
    body.literals.reserve(literals.len());
    for mut literal in literals {
        rewrite_literal(locals, &mut literal, &mut body.literals);
        body.literals.push(literal);
    }
    compact(&mut body.literals);
}

fn rewrite_literal(locals: &mut Locals, literal: &mut Literal, out: &mut Vec<Literal>) {
    let Literal { kind, with, .. } = literal;
    let mut hoist = Hoist { locals, with, out };
    match kind {
        LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => {
            if calls(call, "eq") {
                if call.args.len() == 2 {
                    for arg in &mut call.args {
                        hoist.inside(arg);
                    }
                }
            } else {
                for arg in &mut call.args {
                    hoist.term(arg);
                }
            }
        }
        LiteralKind::Term(term) => hoist.inside(term),
        LiteralKind::Every(every) => {
            hoist.term(&mut every.domain);
            rewrite(hoist.locals, &mut every.body);
        }
        LiteralKind::Not(not) => rewrite(hoist.locals, &mut not.body),
        LiteralKind::And(both) | LiteralKind::Or(both) => {
            rewrite(hoist.locals, &mut both.left.body);
            rewrite(hoist.locals, &mut both.right.body);
        }
        LiteralKind::Declare(_) | LiteralKind::SomeIn(_) => {}
    }
}

struct Hoist<'l> {
    locals: &'l mut Locals,
    /// The modifiers of the literal that terms are taken out of.
    with: &'l [With],
    out: &'l mut Vec<Literal>,
}

impl Hoist<'_> {
    /// Leaves a reference or comprehension where it is, but takes out what is inside.
    fn inside(&mut self, term: &mut Term) {
        match &mut term.kind {
            TermKind::Ref(reference) => {
                for operand in &mut reference.operands {
                    self.term(operand);
                }
            }
            TermKind::Comprehension(comprehension) => rewrite(self.locals, &mut comprehension.body),
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Var(_)
            | TermKind::Array(_)
            | TermKind::Object(_)
            | TermKind::Set(_)
            | TermKind::Call(_) => self.term(term),
        }
    }

    fn term(&mut self, term: &mut Term) {
        match &mut term.kind {
            TermKind::Ref(_) | TermKind::Comprehension(_) => {
                self.inside(term);
                let mut definition = self.locals.extract(term);
                definition.with = self.with.into();
                self.out.push(definition);
            }
            TermKind::Array(terms) => {
                for term in terms {
                    self.term(term);
                }
            }
            TermKind::Set(terms) => {
                for term in walk::in_order(terms) {
                    self.term(term);
                }
            }
            TermKind::Object(pairs) => {
                for (key, value) in walk::pairs_in_order(pairs) {
                    self.term(key);
                    self.term(value);
                }
            }
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Var(_)
            | TermKind::Call(_) => {}
        }
    }
}
