//! Bodies and literals.

use super::Printer;
use super::term::{is_union, starts_with_brace, starts_with_keyword};
use crate::syntax::tree::{Body, Literal, LiteralKind, Logical, Operand, Term};

impl Printer {
    /// A body in braces, a literal per line.
    ///
    /// Literals are kept apart by semicolons: after a line break, a minus would go on with the literal before.
    pub(super) fn braced(&mut self, body: &Body) {
        self.braced_with(body, Self::literal);
    }

    fn braced_with(&mut self, body: &Body, first: fn(&mut Self, &Literal)) {
        self.push("{");
        self.indent += 1;
        for (place, literal) in body.literals.iter().enumerate() {
            self.push(if place == 0 { "" } else { ";" });
            self.line();
            if place == 0 {
                first(self, literal);
            } else {
                self.literal(literal);
            }
        }
        self.indent -= 1;
        self.line();
        self.push("}");
    }

    /// Literals on one line.
    pub(super) fn literals(&mut self, body: &Body) {
        for (place, literal) in body.literals.iter().enumerate() {
            self.push(if place == 0 { "" } else { "; " });
            self.literal(literal);
        }
    }

    pub(super) fn literal(&mut self, literal: &Literal) {
        self.literal_of(literal, Self::expression);
    }

    fn literal_of(&mut self, literal: &Literal, expression: fn(&mut Self, &Term)) {
        if literal.negated {
            self.push("not ");
        }
        match &literal.kind {
            LiteralKind::Term(term) => expression(self, term),
            LiteralKind::Declare(vars) => {
                self.push("some ");
                for (place, var) in vars.iter().enumerate() {
                    self.push(if place == 0 { "" } else { ", " });
                    self.push(&var.var.name);
                }
            }
            LiteralKind::SomeIn(some) => {
                self.push("some ");
                if let Some(key) = &some.key {
                    self.operand(key);
                    self.push(", ");
                }
                self.operand(&some.value);
                self.push(" in ");
                self.operand(&some.domain);
            }
            LiteralKind::Every(every) => {
                self.push("every ");
                if let Some(key) = &every.key {
                    self.push(&key.var.name);
                    self.push(", ");
                }
                self.push(&every.value.var.name);
                self.push(" in ");
                self.operand(&every.domain);
                self.push(" ");
                self.braced(&every.body);
            }
            LiteralKind::Not(not) => {
                self.push("not ");
                self.side(&not.body, not.explicit);
            }
            LiteralKind::And(sides) => self.logical(sides, " and "),
            LiteralKind::Or(sides) => self.logical(sides, " or "),
        }
        for with in &literal.with {
            self.push(" with ");
            self.term(&with.target);
            self.push(" as ");
            self.operand(&with.value);
        }
    }

    fn logical(&mut self, sides: &Logical, operator: &str) {
        let Logical { left: Operand { body, explicit }, right } = sides;
        self.side(body, *explicit);
        self.push(operator);
        self.side(&right.body, right.explicit);
    }

    /// An operand: a body in braces, or a literal, in parentheses unless it is a plain term.
    fn side(&mut self, body: &Body, explicit: bool) {
        if explicit {
            self.braced_with(body, Self::first_of_operand);
            return;
        }
        for literal in &body.literals {
            let bare = matches!(&literal.kind, LiteralKind::Term(term)
                if !literal.negated && literal.with.is_empty() && !starts_with_brace(term));
            if bare {
                self.literal(literal);
            } else {
                self.push("(");
                self.literal(literal);
                self.push(")");
            }
        }
    }

    /// The first literal of an operand in braces: a union on the left of a comparison has no parentheses.
    ///
    /// With them it means the same, but within a comprehension in a template OPA, and so the parser, read the braces
    /// only if they could hold a comprehension as well.
    fn first_of_operand(&mut self, literal: &Literal) {
        self.literal_of(literal, |printer, term| {
            if !term.as_call().is_some_and(|call| printer.compared_union(call)) {
                printer.expression(term);
            }
        });
    }

    /// A term where operators need no parentheses, but for a union, which reads like a comprehension in braces.
    fn expression(&mut self, term: &Term) {
        if is_union(term) && !starts_with_keyword(term) { self.operand(term) } else { self.term(term) }
    }
}
