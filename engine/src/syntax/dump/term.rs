//! Terms.

use super::Dump;
use crate::syntax::tree::{ComprehensionHead, Notation, Ref, TemplatePart, Term, TermKind};

impl Dump<'_> {
    pub(super) fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Null => self.node(term.span, "null"),
            TermKind::Boolean(value) => self.node(term.span, &value.to_string()),
            TermKind::Number(text) => self.node(term.span, &format!("number {text}")),
            TermKind::String(text) => self.node(term.span, &format!("string {text:?}")),
            TermKind::Var(var) => self.node(term.span, &format!("var {}", var.name)),
            TermKind::Ref(reference) => self.reference(reference),
            TermKind::Array(terms) => self.parent(term.span, "array", |dump| dump.terms(terms)),
            TermKind::Set(terms) => self.parent(term.span, "set", |dump| dump.terms(terms)),
            TermKind::Object(pairs) => self.parent(term.span, "object", |dump| {
                for (key, value) in pairs {
                    dump.term(key);
                    dump.term(value);
                }
            }),
            TermKind::Call(call) => {
                let words = match call.notation {
                    Notation::Prefix => "call",
                    Notation::Infix => "operator",
                    Notation::Minus => "minus",
                };
                self.parent(term.span, words, |dump| {
                    dump.reference(&call.operator);
                    dump.terms(&call.args);
                });
            }
            TermKind::Comprehension(comprehension) => {
                self.parent(term.span, term.kind_name(), |dump| {
                    match &comprehension.head {
                        ComprehensionHead::Array(head) | ComprehensionHead::Set(head) => dump.term(head),
                        ComprehensionHead::Object(key, value) => {
                            dump.term(key);
                            dump.term(value);
                        }
                    }
                    dump.body(&comprehension.body);
                });
            }
            TermKind::Template(template) => {
                let words = if template.raw { "raw template" } else { "template" };
                self.parent(term.span, words, |dump| {
                    for part in &template.parts {
                        match part {
                            TemplatePart::Text(span, text) => dump.node(*span, &format!("text {text:?}")),
                            TemplatePart::Expression(literal) => dump.literal(literal),
                        }
                    }
                });
            }
        }
    }

    pub(super) fn reference(&mut self, reference: &Ref) {
        self.parent(reference.span, "ref", |dump| {
            dump.term(&reference.head);
            dump.terms(&reference.operands);
        });
    }

    fn terms(&mut self, terms: &[Term]) {
        for term in terms {
            self.term(term);
        }
    }
}
