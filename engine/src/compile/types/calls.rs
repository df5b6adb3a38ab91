//! Whether calls name functions and give them as many arguments as they take; checked before types are.

use super::check::{Checker, Program, Relaxed, undefined_function};
use super::environment::Documents;
use super::error::{Detail, TypeError};
use super::infer::sorted_pairs;
use super::lattice::Type;
use super::rules::{CheckedRule, CheckedValue};
use crate::syntax::display;
use crate::syntax::tree::{Body, Call, ComprehensionHead, Literal, LiteralKind, Ref, Term, TermKind};

/// What is known of functions before types are.
pub trait Functions {
    /// How many arguments a function takes; none when there is no such function. Rules that are no functions
    /// take no arguments.
    fn arity(&self, operator: &Ref) -> Option<usize>;

    /// Whether a call that is a literal was generated, with its output as the last argument.
    fn has_generated_output(&self, call: &Call) -> bool;
}

impl Documents {
    /// What is wrong with the calls in rules, in the order of the rules and of what is written in them.
    pub fn check_calls<'a>(
        &self,
        rules: impl IntoIterator<Item = CheckedRule<'a>>,
        functions: &dyn Functions,
        program: &dyn Program,
    ) -> Vec<TypeError> {
        let relaxed = Relaxed::default();
        let checker = Checker::new(program, self, &relaxed);
        let mut calls = Calls { checker, functions, errors: Vec::new() };
        for rule in rules {
            calls.terms(rule.args);
            match rule.value {
                CheckedValue::Single(term) | CheckedValue::Element(term) => calls.term(term),
            }
            calls.body(rule.body);
        }
        calls.errors
    }

    /// What is wrong with the calls in a query.
    pub fn check_query_calls(
        &self,
        query: &Body,
        functions: &dyn Functions,
        program: &dyn Program,
    ) -> Vec<TypeError> {
        let relaxed = Relaxed::default();
        let checker = Checker::new(program, self, &relaxed);
        let mut calls = Calls { checker, functions, errors: Vec::new() };
        calls.body(query);
        calls.errors
    }
}

struct Calls<'a> {
    checker: Checker<'a>,
    functions: &'a dyn Functions,
    errors: Vec<TypeError>,
}

impl Calls<'_> {
    fn body(&mut self, body: &Body) {
        for literal in &body.literals {
            self.literal(literal);
        }
    }

    fn literal(&mut self, literal: &Literal) {
        match &literal.kind {
            LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => {
                if let Some(error) = self.call(call, literal) {
                    self.errors.push(error);
                    return;
                }
                self.terms(&call.operator.operands);
                self.terms(&call.args);
            }
            LiteralKind::Term(term) => self.term(term),
            LiteralKind::Declare(_) => {}
            LiteralKind::SomeIn(membership) => {
                for term in membership.key.iter().chain([&membership.value, &membership.domain]) {
                    self.term(term);
                }
            }
            LiteralKind::Every(every) => {
                self.term(&every.domain);
                self.body(&every.body);
            }
            LiteralKind::Not(negation) => self.body(&negation.body),
            LiteralKind::And(sides) | LiteralKind::Or(sides) => {
                self.body(&sides.left.body);
                self.body(&sides.right.body);
            }
        }
        for with in &literal.with {
            self.term(&with.target);
            self.term(&with.value);
        }
    }

    fn terms(&mut self, terms: &[Term]) {
        for term in terms {
            self.term(term);
        }
    }

    fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Var(_) => {}
            TermKind::Ref(reference) => {
                self.term(&reference.head);
                self.terms(&reference.operands);
            }
            TermKind::Array(terms) | TermKind::Set(terms) => self.terms(terms),
            TermKind::Object(pairs) => {
                for (key, value) in sorted_pairs(pairs) {
                    self.term(key);
                    self.term(value);
                }
            }
            TermKind::Call(call) => self.terms(&call.args),
            TermKind::Comprehension(comprehension) => {
                match &comprehension.head {
                    ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => self.term(term),
                    ComprehensionHead::Object(key, value) => {
                        self.term(key);
                        self.term(value);
                    }
                }
                self.body(&comprehension.body);
            }
        }
    }

    fn call(&mut self, call: &Call, literal: &Literal) -> Option<TypeError> {
        let span = literal.span;
        let given = call.args.len();
        let Some(arity) = self.functions.arity(&call.operator) else {
            let operator = self.checker.shown(&call.operator);
            return Some(undefined_function(&display::reference(&operator), span));
        };
        let given = if self.functions.has_generated_output(call) {
            let is_equality = call.operator.plain_name().is_some_and(|name| name == "eq");
            if is_equality || given == arity + 1 {
                return None;
            }
            given.saturating_sub(1)
        } else {
            if given == arity || given == arity + 1 {
                return None;
            }
            given
        };
        let operator = self.checker.shown(&call.operator);
        let name = display::reference(&operator);
        if let Some(Type::Function(function)) = self.checker.environment.reference(&operator) {
            let detail = Detail::Arguments {
                have: call.args.iter().map(|arg| self.checker.infer(arg)).collect(),
                want: function.parameters().to_vec(),
                variadic: function.variadic().cloned(),
            };
            return Some(TypeError { message: format!("{name}: arity mismatch"), span, detail });
        }
        let noun = if given == 1 { "argument" } else { "arguments" };
        let message = format!("function {name} has arity {arity}, got {given} {noun}");
        Some(TypeError { message, span, detail: Detail::None })
    }
}
