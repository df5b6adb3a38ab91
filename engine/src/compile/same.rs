//! Whether two literals or terms are the same but for where they are written.

use super::constants;
use super::walk::{self, Flow, Node};
use crate::syntax::tree::{
    Body, Call, ComprehensionHead, Literal, LiteralKind, Ref, TemplatePart, Term, TermKind,
};

/// Whether two literals say the same in the same way.
pub(crate) fn literals(left: &Literal, right: &Literal) -> bool {
    left.negated == right.negated
        && left.with.len() == right.with.len()
        && left
            .with
            .iter()
            .zip(&right.with)
            .all(|(left, right)| terms(&left.target, &right.target) && terms(&left.value, &right.value))
        && match (&left.kind, &right.kind) {
            (LiteralKind::Term(left), LiteralKind::Term(right)) => terms(left, right),
            (LiteralKind::Every(left), LiteralKind::Every(right)) => {
                left.value.var.name == right.value.var.name
                    && left.key.as_ref().map(|key| &key.var.name)
                        == right.key.as_ref().map(|key| &key.var.name)
                    && terms(&left.domain, &right.domain)
                    && bodies(&left.body, &right.body)
            }
            (LiteralKind::Not(left), LiteralKind::Not(right)) => {
                left.explicit == right.explicit && bodies(&left.body, &right.body)
            }
            (LiteralKind::And(left), LiteralKind::And(right))
            | (LiteralKind::Or(left), LiteralKind::Or(right)) => {
                bodies(&left.left.body, &right.left.body) && bodies(&left.right.body, &right.right.body)
            }
            _ => false,
        }
}

fn bodies(left: &Body, right: &Body) -> bool {
    let (left, right) = (&left.literals, &right.literals);
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| literals(left, right))
}

/// Whether two terms are the same value, or the same way to find one.
pub(crate) fn terms(left: &Term, right: &Term) -> bool {
    match (&left.kind, &right.kind) {
        (TermKind::Var(left), TermKind::Var(right)) => left.name == right.name,
        (TermKind::Ref(left), TermKind::Ref(right)) => references(left, right),
        (TermKind::Call(left), TermKind::Call(right)) => calls(left, right),
        (TermKind::Array(left), TermKind::Array(right)) => lists(left, right),
        (TermKind::Set(lefts), TermKind::Set(rights)) => lists(lefts, rights) || constants::same(left, right),
        (TermKind::Object(lefts), TermKind::Object(rights)) => {
            let mut pairs = lefts.iter().zip(rights);
            let in_order = lefts.len() == rights.len()
                && pairs.all(|(left, right)| terms(&left.0, &right.0) && terms(&left.1, &right.1));
            in_order || constants::same(left, right)
        }
        (TermKind::Comprehension(left), TermKind::Comprehension(right)) => {
            let heads = match (&left.head, &right.head) {
                (ComprehensionHead::Array(left), ComprehensionHead::Array(right))
                | (ComprehensionHead::Set(left), ComprehensionHead::Set(right)) => terms(left, right),
                (ComprehensionHead::Object(left, first), ComprehensionHead::Object(right, second)) => {
                    terms(left, right) && terms(first, second)
                }
                _ => false,
            };
            heads && bodies(&left.body, &right.body)
        }
        (TermKind::Template(left), TermKind::Template(right)) => {
            let part = |(left, right): (&TemplatePart, &TemplatePart)| match (left, right) {
                (TemplatePart::Text(_, left), TemplatePart::Text(_, right)) => left == right,
                (TemplatePart::Expression(left), TemplatePart::Expression(right)) => literals(left, right),
                _ => false,
            };
            left.parts.len() == right.parts.len() && left.parts.iter().zip(&right.parts).all(part)
        }
        _ => constants::same(left, right),
    }
}

fn lists(left: &[Term], right: &[Term]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| terms(left, right))
}

/// Whether two references are the same.
pub(super) fn references(left: &Ref, right: &Ref) -> bool {
    terms(&left.head, &right.head) && lists(&left.operands, &right.operands)
}

fn calls(left: &Call, right: &Call) -> bool {
    references(&left.operator, &right.operator) && lists(&left.args, &right.args)
}

/// A number that equal terms share and others rarely do.
pub(super) fn fingerprint(term: &Term) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut mix = |bytes: &[u8]| {
        for byte in bytes {
            state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    walk::term(term, &mut |node| {
        match node {
            Node::Term(term) => match &term.kind {
                TermKind::Number(text) => {
                    let number = text.parse::<f64>().unwrap_or_default() + 0.0;
                    mix(&number.to_bits().to_le_bytes());
                }
                TermKind::String(text) => mix(text.as_bytes()),
                TermKind::Boolean(value) => mix(&[u8::from(*value)]),
                // The elements of equal sets and objects may be written in another order.
                TermKind::Set(terms) => {
                    let all = terms.iter().fold(0_u64, |sum, term| sum.wrapping_add(fingerprint(term)));
                    mix(&all.to_le_bytes());
                    return Flow::Skip;
                }
                TermKind::Object(pairs) => {
                    let all = pairs.iter().fold(0_u64, |sum, (key, value)| {
                        sum.wrapping_add(fingerprint(key).rotate_left(7) ^ fingerprint(value))
                    });
                    mix(&all.to_le_bytes());
                    return Flow::Skip;
                }
                TermKind::Null
                | TermKind::Template(_)
                | TermKind::Var(_)
                | TermKind::Ref(_)
                | TermKind::Array(_)
                | TermKind::Comprehension(_)
                | TermKind::Call(_) => mix(term.kind_name().as_bytes()),
            },
            Node::Var(var) => mix(var.name.as_bytes()),
            Node::Body | Node::Literal(_) | Node::With(_) | Node::Ref(_) => {}
        }
        Flow::Descend
    });
    state
}
