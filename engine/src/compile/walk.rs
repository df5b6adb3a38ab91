//! Visits the nodes of a tree, to read them or to rewrite them.

use crate::syntax::display;
use crate::syntax::tree::{
    Body, Call, Comprehension, ComprehensionHead, Declared, Every, Literal, LiteralKind, Ref, TemplatePart,
    Term, TermKind, Var, With,
};

/// A node of a tree.
///
/// A call that is a whole literal is only visited as that literal and its parts, as in OPA.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Node<'a> {
    /// A body.
    Body,
    /// A literal.
    Literal(&'a Literal),
    /// A modifier.
    With(&'a With),
    /// A term.
    Term(&'a Term),
    /// A reference; also the function that a call names.
    Ref(&'a Ref),
    /// A variable.
    Var(&'a Var),
}

/// Whether to look at what is inside of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Look inside.
    Descend,
    /// Go on after the node.
    Skip,
}

/// Visits a body and what is inside.
pub(crate) fn body<'a>(body: &'a Body, visit: &mut dyn FnMut(Node<'a>) -> Flow) {
    if visit(Node::Body) == Flow::Skip {
        return;
    }
    for part in &body.literals {
        literal(part, visit);
    }
}

/// Visits a literal and what is inside.
pub(crate) fn literal<'a>(literal: &'a Literal, visit: &mut dyn FnMut(Node<'a>) -> Flow) {
    if visit(Node::Literal(literal)) == Flow::Skip {
        return;
    }
    match &literal.kind {
        LiteralKind::Term(Term { kind: TermKind::Call(inner), .. }) => call(inner, visit),
        LiteralKind::Term(inner) => term(inner, visit),
        LiteralKind::Declare(vars) => {
            for declared in vars {
                visit(Node::Var(&declared.var));
            }
        }
        LiteralKind::SomeIn(some) => {
            if let Some(key) = &some.key {
                term(key, visit);
            }
            term(&some.value, visit);
            term(&some.domain, visit);
        }
        LiteralKind::Every(every) => {
            if let Some(key) = &every.key {
                visit(Node::Var(&key.var));
            }
            visit(Node::Var(&every.value.var));
            term(&every.domain, visit);
            body(&every.body, visit);
        }
        LiteralKind::Not(not) => body(&not.body, visit),
        LiteralKind::And(both) | LiteralKind::Or(both) => {
            body(&both.left.body, visit);
            body(&both.right.body, visit);
        }
    }
    for part in &literal.with {
        with(part, visit);
    }
}

fn with<'a>(with: &'a With, visit: &mut dyn FnMut(Node<'a>) -> Flow) {
    if visit(Node::With(with)) == Flow::Descend {
        term(&with.target, visit);
        term(&with.value, visit);
    }
}

/// The elements of a set in the order in which OPA goes through them.
pub(super) fn in_order(elements: &mut [Term]) -> Vec<&mut Term> {
    let mut elements: Vec<&mut Term> = elements.iter_mut().collect();
    elements.sort_by(|left, right| display::compare(left, right));
    elements
}

/// The entries of an object in the order in which OPA goes through them.
pub(super) fn pairs_in_order(pairs: &mut [(Term, Term)]) -> Vec<&mut (Term, Term)> {
    let mut pairs: Vec<&mut (Term, Term)> = pairs.iter_mut().collect();
    pairs.sort_by(|(left, _), (right, _)| display::compare(left, right));
    pairs
}

/// The entries of an object in that order, to read: of several equal keys the last one's value counts.
pub(crate) fn sorted_pairs(pairs: &[(Term, Term)]) -> Vec<&(Term, Term)> {
    let mut pairs: Vec<&(Term, Term)> = pairs.iter().collect();
    pairs.sort_by(|(left, _), (right, _)| display::compare(left, right));
    pairs
}

/// Visits a term and what is inside.
pub(crate) fn term<'a>(part: &'a Term, visit: &mut dyn FnMut(Node<'a>) -> Flow) {
    if visit(Node::Term(part)) == Flow::Skip {
        return;
    }
    match &part.kind {
        TermKind::Null | TermKind::Boolean(_) | TermKind::Number(_) | TermKind::String(_) => {}
        TermKind::Var(var) => {
            visit(Node::Var(var));
        }
        TermKind::Ref(inner) => reference(inner, visit),
        TermKind::Array(terms) | TermKind::Set(terms) => {
            for inner in terms {
                term(inner, visit);
            }
        }
        TermKind::Object(pairs) => {
            for (key, value) in pairs {
                term(key, visit);
                term(value, visit);
            }
        }
        TermKind::Call(inner) => call(inner, visit),
        TermKind::Comprehension(comprehension) => {
            match &comprehension.head {
                ComprehensionHead::Array(head) | ComprehensionHead::Set(head) => term(head, visit),
                ComprehensionHead::Object(key, value) => {
                    term(key, visit);
                    term(value, visit);
                }
            }
            body(&comprehension.body, visit);
        }
        TermKind::Template(template) => {
            for piece in &template.parts {
                if let TemplatePart::Expression(inner) = piece {
                    literal(inner, visit);
                }
            }
        }
    }
}

fn call<'a>(call: &'a Call, visit: &mut dyn FnMut(Node<'a>) -> Flow) {
    reference(&call.operator, visit);
    for arg in &call.args {
        term(arg, visit);
    }
}

/// Visits a reference and what is inside.
pub(super) fn reference<'a>(reference: &'a Ref, visit: &mut dyn FnMut(Node<'a>) -> Flow) {
    if visit(Node::Ref(reference)) == Flow::Skip {
        return;
    }
    term(&reference.head, visit);
    for operand in &reference.operands {
        term(operand, visit);
    }
}

/// Whether a term holds a reference or a comprehension, so that finding its value takes more than looking at it.
pub(super) fn requires_evaluation(part: &Term) -> bool {
    let mut found = false;
    term(part, &mut |node| {
        found |= match node {
            Node::Ref(_) => true,
            Node::Term(inner) => matches!(inner.kind, TermKind::Comprehension(_)),
            Node::Body | Node::Literal(_) | Node::With(_) | Node::Var(_) => false,
        };
        if found { Flow::Skip } else { Flow::Descend }
    });
    found
}

/// Whether a term is a string, a number, a boolean or null.
pub(crate) fn is_scalar(term: &Term) -> bool {
    matches!(term.kind, TermKind::Null | TermKind::Boolean(_) | TermKind::Number(_) | TermKind::String(_))
}

/// Whether a term has the same value wherever it stands.
pub(crate) fn is_constant(part: &Term) -> bool {
    match &part.kind {
        TermKind::Null | TermKind::Boolean(_) | TermKind::Number(_) | TermKind::String(_) => true,
        TermKind::Var(_)
        | TermKind::Ref(_)
        | TermKind::Call(_)
        | TermKind::Comprehension(_)
        | TermKind::Template(_) => false,
        TermKind::Array(terms) | TermKind::Set(terms) => terms.iter().all(is_constant),
        TermKind::Object(pairs) => pairs.iter().all(|(key, value)| is_constant(key) && is_constant(value)),
    }
}

/// Whether a term is `data` or `input` alone.
pub(super) fn root_document(term: &Term) -> Option<&Var> {
    let reference = term.as_ref_term().filter(|reference| reference.operands.is_empty())?;
    reference.head.as_var().filter(|var| &*var.name == "data" || &*var.name == "input")
}

/// Rewrites a tree; each method may do something about a node before or after, or instead of, what is inside.
pub(super) trait Rewrite {
    /// A body.
    fn body(&mut self, body: &mut Body) {
        descend_body(self, body);
    }
    /// A literal.
    fn literal(&mut self, literal: &mut Literal) {
        descend_literal(self, literal);
    }
    /// A modifier.
    fn with(&mut self, with: &mut With) {
        self.term(&mut with.target);
        self.term(&mut with.value);
    }
    /// `every`.
    fn every(&mut self, every: &mut Every) {
        descend_every(self, every);
    }
    /// A term.
    fn term(&mut self, term: &mut Term) {
        descend_term(self, term);
    }
    /// A reference; also the function that a call names.
    fn reference(&mut self, reference: &mut Ref) {
        descend_ref(self, reference);
    }
    /// A comprehension.
    fn comprehension(&mut self, comprehension: &mut Comprehension) {
        descend_comprehension(self, comprehension);
    }
    /// A variable where it is declared.
    fn declared(&mut self, declared: &mut Declared) {
        self.var(&mut declared.var);
    }
    /// A variable.
    fn var(&mut self, _var: &mut Var) {}
}

/// Rewrites the literals of a body.
pub(super) fn descend_body<R: Rewrite + ?Sized>(rewrite: &mut R, body: &mut Body) {
    for literal in &mut body.literals {
        rewrite.literal(literal);
    }
}

/// Rewrites what is inside of a literal.
pub(super) fn descend_literal<R: Rewrite + ?Sized>(rewrite: &mut R, literal: &mut Literal) {
    match &mut literal.kind {
        LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => descend_call(rewrite, call),
        LiteralKind::Term(term) => rewrite.term(term),
        LiteralKind::Declare(vars) => {
            for declared in vars {
                rewrite.declared(declared);
            }
        }
        LiteralKind::SomeIn(some) => {
            if let Some(key) = &mut some.key {
                rewrite.term(key);
            }
            rewrite.term(&mut some.value);
            rewrite.term(&mut some.domain);
        }
        LiteralKind::Every(every) => rewrite.every(every),
        LiteralKind::Not(not) => rewrite.body(&mut not.body),
        LiteralKind::And(both) | LiteralKind::Or(both) => {
            rewrite.body(&mut both.left.body);
            rewrite.body(&mut both.right.body);
        }
    }
    for with in &mut literal.with {
        rewrite.with(with);
    }
}

/// Rewrites what is inside of an `every`.
pub(super) fn descend_every<R: Rewrite + ?Sized>(rewrite: &mut R, every: &mut Every) {
    if let Some(key) = &mut every.key {
        rewrite.declared(key);
    }
    rewrite.declared(&mut every.value);
    rewrite.term(&mut every.domain);
    rewrite.body(&mut every.body);
}

/// Rewrites what is inside of a term.
pub(super) fn descend_term<R: Rewrite + ?Sized>(rewrite: &mut R, term: &mut Term) {
    match &mut term.kind {
        TermKind::Null | TermKind::Boolean(_) | TermKind::Number(_) | TermKind::String(_) => {}
        TermKind::Var(var) => rewrite.var(var),
        TermKind::Ref(reference) => rewrite.reference(reference),
        TermKind::Array(terms) | TermKind::Set(terms) => {
            for term in terms {
                rewrite.term(term);
            }
        }
        TermKind::Object(pairs) => {
            for (key, value) in pairs {
                rewrite.term(key);
                rewrite.term(value);
            }
        }
        TermKind::Call(call) => descend_call(rewrite, call),
        TermKind::Comprehension(comprehension) => rewrite.comprehension(comprehension),
        TermKind::Template(template) => {
            for part in &mut template.parts {
                if let TemplatePart::Expression(literal) = part {
                    rewrite.literal(literal);
                }
            }
        }
    }
}

/// Rewrites the function and the arguments of a call.
pub(super) fn descend_call<R: Rewrite + ?Sized>(rewrite: &mut R, call: &mut Call) {
    rewrite.reference(&mut call.operator);
    for arg in &mut call.args {
        rewrite.term(arg);
    }
}

/// Rewrites the terms of a reference.
pub(super) fn descend_ref<R: Rewrite + ?Sized>(rewrite: &mut R, reference: &mut Ref) {
    rewrite.term(&mut reference.head);
    for operand in &mut reference.operands {
        rewrite.term(operand);
    }
}

/// Rewrites the head and the body of a comprehension.
pub(super) fn descend_comprehension<R: Rewrite + ?Sized>(rewrite: &mut R, comprehension: &mut Comprehension) {
    for head in comprehension_heads(&mut comprehension.head) {
        rewrite.term(head);
    }
    rewrite.body(&mut comprehension.body);
}

/// The terms of a comprehension's head.
pub(super) fn comprehension_heads(head: &mut ComprehensionHead) -> impl Iterator<Item = &mut Term> {
    let (first, second) = match head {
        ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => (term, None),
        ComprehensionHead::Object(key, value) => (key, Some(value)),
    };
    std::iter::once(first).chain(second)
}
