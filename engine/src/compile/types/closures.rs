//! Comprehensions in literals are checked on their own.

use super::check::Checker;
use super::error::TypeError;
use crate::syntax::tree::{Body, Comprehension, ComprehensionHead, Literal, LiteralKind, Term, TermKind};

impl Checker<'_> {
    /// The errors of the last comprehension in a literal that has any.
    pub(super) fn check_closures(&mut self, literal: &Literal) -> Vec<TypeError> {
        let mut errors = Vec::new();
        self.closures_of_literal(literal, &mut errors);
        errors
    }

    fn closures_of_literal(&mut self, literal: &Literal, errors: &mut Vec<TypeError>) {
        match &literal.kind {
            LiteralKind::Term(term) => self.closures_of_term(term, errors),
            LiteralKind::Declare(_) => {}
            LiteralKind::SomeIn(membership) => {
                for term in membership.key.iter().chain([&membership.value, &membership.domain]) {
                    self.closures_of_term(term, errors);
                }
            }
            LiteralKind::Every(every) => {
                self.closures_of_term(&every.domain, errors);
                self.closures_of_body(&every.body, errors);
            }
            LiteralKind::Not(negation) => self.closures_of_body(&negation.body, errors),
            LiteralKind::And(sides) | LiteralKind::Or(sides) => {
                self.closures_of_body(&sides.left.body, errors);
                self.closures_of_body(&sides.right.body, errors);
            }
        }
        for with in &literal.with {
            self.closures_of_term(&with.target, errors);
            self.closures_of_term(&with.value, errors);
        }
    }

    fn closures_of_body(&mut self, body: &Body, errors: &mut Vec<TypeError>) {
        for literal in &body.literals {
            self.closures_of_literal(literal, errors);
        }
    }

    fn closures_of_term(&mut self, term: &Term, errors: &mut Vec<TypeError>) {
        match &term.kind {
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Var(_) => {}
            TermKind::Ref(reference) => {
                self.closures_of_term(&reference.head, errors);
                for term in &reference.operands {
                    self.closures_of_term(term, errors);
                }
            }
            TermKind::Array(terms) | TermKind::Set(terms) => {
                for term in terms {
                    self.closures_of_term(term, errors);
                }
            }
            TermKind::Object(pairs) => {
                for (key, value) in pairs {
                    self.closures_of_term(key, errors);
                    self.closures_of_term(value, errors);
                }
            }
            TermKind::Call(call) => {
                for term in &call.args {
                    self.closures_of_term(term, errors);
                }
            }
            TermKind::Comprehension(comprehension) => self.closures_of_comprehension(comprehension, errors),
        }
    }

    fn closures_of_comprehension(&mut self, comprehension: &Comprehension, errors: &mut Vec<TypeError>) {
        let outcome = self.comprehension(comprehension);
        if !outcome.errors.is_empty() {
            errors.clone_from(&outcome.errors);
            return;
        }
        match &comprehension.head {
            ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => {
                self.closures_of_term(term, errors);
            }
            ComprehensionHead::Object(key, value) => {
                self.closures_of_term(key, errors);
                self.closures_of_term(value, errors);
            }
        }
        self.closures_of_body(&comprehension.body, errors);
    }
}
