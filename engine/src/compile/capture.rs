//! Gives the values of a query's expressions names, so that they can be answered. Done by OPA's evaluation of
//! queries, after its stage `ResolveRefs`.

use super::functions::Functions;
use super::locals::{self, calls};
use super::walk::{self, Flow, Node};
use crate::source::Span;
use crate::syntax::tree::{Body, Call, Literal, LiteralKind, Name, Notation, Term, TermKind};
use thin_vec::{ThinVec, thin_vec};

/// The value of one expression of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// Which of the query's literals, counted from 0 as written.
    pub literal: usize,
    /// The variable that has the value.
    pub var: Name,
}

/// Rewrites `f(1)` to `f(1, $term1)` and `x.y` to `x.y = $term1`.
///
/// Where there can be many answers, the variable alone follows as a literal: an answer that is false or undefined
/// is none then.
pub(super) fn values(body: &mut Body, functions: Functions<'_>) -> Vec<Capture> {
    let filters = body.literals.len() > 1 || iterates(body, functions);
    let mut captures = Vec::new();
    let mut more = Vec::new();
    for (literal, part) in body.literals.iter_mut().enumerate() {
        let name = Name::from(format!("$term{}", captures.len() + 1));
        if part.negated || !capture(part, &name, functions) {
            continue;
        }
        if filters {
            more.push(bare(&name, part.span));
        }
        captures.push(Capture { literal, var: name });
    }
    body.literals.append(&mut more);
    captures
}

/// Names the value of one literal, if it has one that isn't named.
fn capture(literal: &mut Literal, name: &Name, functions: Functions<'_>) -> bool {
    let span = literal.span;
    let var = || Term::var(name.clone(), span);
    match &mut literal.kind {
        LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => {
            if calls(call, "assign") || calls(call, "eq") {
                return false;
            }
            let void = functions.builtin(&call.operator).is_some_and(|found| found.void);
            let fits = functions.arity(&call.operator) == Some(call.args.len());
            if void || !fits {
                return false;
            }
            call.args.push(var());
            call.notation = Notation::Prefix;
            true
        }
        LiteralKind::Term(term) => {
            let operator = locals::plain_ref("eq", Span { end: span.start, ..span });
            let value = std::mem::replace(term, Term { span, kind: TermKind::Null });
            let call = Call { operator, args: thin_vec![value, var()], notation: Notation::Infix };
            term.kind = TermKind::Call(Box::new(call));
            true
        }
        LiteralKind::Declare(_)
        | LiteralKind::SomeIn(_)
        | LiteralKind::Every(_)
        | LiteralKind::Not(_)
        | LiteralKind::And(_)
        | LiteralKind::Or(_) => false,
    }
}

fn bare(name: &Name, span: Span) -> Literal {
    let term = Term::var(name.clone(), span);
    Literal { span, negated: false, kind: LiteralKind::Term(term), with: ThinVec::new() }
}

/// Whether a query can have many answers.
fn iterates(body: &Body, functions: Functions<'_>) -> bool {
    let mut found = false;
    walk::body(body, &mut |node| {
        match node {
            Node::Term(term) if matches!(term.kind, TermKind::Comprehension(_)) => return Flow::Skip,
            Node::Ref(reference) => {
                found |= functions.builtin(reference).is_some_and(|builtin| builtin.relation)
                    || reference.operands.iter().any(|operand| operand.as_var().is_some());
            }
            Node::Term(_) | Node::Body | Node::Literal(_) | Node::With(_) | Node::Var(_) => {}
        }
        if found { Flow::Skip } else { Flow::Descend }
    });
    found
}
