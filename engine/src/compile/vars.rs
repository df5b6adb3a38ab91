//! Which variables occur in a part of a tree, by the various rules of what counts.

mod map;
mod set;

use std::ops::BitOr;

pub(super) use map::VarMap;
pub(super) use set::VarSet;

use super::functions::Functions;
use super::safety;
use crate::syntax::tree::{
    Body, Call, ComprehensionHead, Literal, LiteralKind, Name, Ref, TemplatePart, Term, TermKind, With,
};

/// What is left out of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Skip(u8);

impl Skip {
    /// Nothing.
    pub(super) const NOTHING: Self = Self(0);
    /// The heads of references.
    pub(super) const REF_HEADS: Self = Self(1);
    /// The keys of objects.
    pub(super) const OBJECT_KEYS: Self = Self(2);
    /// Comprehensions, templates, and the bodies of `every`, `not`, `and` and `or`.
    pub(super) const CLOSURES: Self = Self(4);
    /// Sets.
    pub(super) const SETS: Self = Self(8);
    /// The heads of called functions and of references in `with`.
    pub(super) const CALL_HEADS: Self = Self(16);
    /// What the check for safety looks at.
    pub(super) const SAFETY: Self = Self(Self::CALL_HEADS.0 | Self::CLOSURES.0);
    /// What a pattern binds.
    pub(super) const PATTERN: Self = Self(Self::REF_HEADS.0 | Self::OBJECT_KEYS.0 | Self::CLOSURES.0);

    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Skip {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Collects variables into a set.
pub(super) struct Collector<'a> {
    skip: Skip,
    /// Bodies without braces of `not`, `and` and `or` let through what they don't bind themselves.
    operands: Option<Functions<'a>>,
    /// Whether anything with a body of its own was met, be it left out or not.
    met_closures: bool,
    vars: &'a mut VarSet,
}

impl<'a> Collector<'a> {
    pub(super) fn new(skip: Skip, vars: &'a mut VarSet) -> Self {
        Self { skip, operands: None, met_closures: false, vars }
    }

    /// Also looks into operands without braces.
    pub(super) fn with_operands(skip: Skip, functions: Functions<'a>, vars: &'a mut VarSet) -> Self {
        Self { skip, operands: Some(functions), met_closures: false, vars }
    }

    /// Whether comprehensions, templates, `every`, `not`, `and` or `or` were met.
    pub(super) fn met_closures(&self) -> bool {
        self.met_closures
    }

    pub(super) fn body(&mut self, body: &Body) {
        for literal in &body.literals {
            self.literal(literal);
        }
    }

    pub(super) fn literal(&mut self, literal: &Literal) {
        let closed = self.skip.has(Skip::CLOSURES);
        match &literal.kind {
            LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => self.call(call),
            LiteralKind::Term(term) => self.term(term),
            LiteralKind::Declare(vars) => {
                for var in vars {
                    self.add(&var.var.name);
                }
            }
            LiteralKind::SomeIn(some) => {
                if let Some(key) = &some.key {
                    self.term(key);
                }
                self.term(&some.value);
                self.term(&some.domain);
            }
            LiteralKind::Every(every) if closed => {
                self.met_closures = true;
                self.term(&every.domain);
                return;
            }
            LiteralKind::Every(every) => {
                self.met_closures = true;
                if let Some(key) = &every.key {
                    self.add(&key.var.name);
                }
                self.add(&every.value.var.name);
                self.term(&every.domain);
                self.body(&every.body);
            }
            LiteralKind::Not(not) => self.operand(&not.body, not.explicit),
            LiteralKind::And(both) | LiteralKind::Or(both) => {
                self.operand(&both.left.body, both.left.explicit);
                self.operand(&both.right.body, both.right.explicit);
            }
        }
        for with in &literal.with {
            self.with(with);
        }
    }

    fn operand(&mut self, body: &Body, explicit: bool) {
        self.met_closures = true;
        if let Some(functions) = self.operands {
            if !explicit {
                for name in safety::unbound_in_operand(body, functions) {
                    self.add(&name);
                }
            }
        } else if !self.skip.has(Skip::CLOSURES) {
            self.body(body);
        }
    }

    pub(super) fn with(&mut self, with: &With) {
        if !self.skip.has(Skip::CALL_HEADS) {
            self.term(&with.target);
            self.term(&with.value);
            return;
        }
        if let Some(target) = with.target.as_ref_term() {
            self.operands(target);
        }
        match with.value.as_ref_term() {
            Some(value) => self.operands(value),
            None => self.term(&with.value),
        }
    }

    pub(super) fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Null | TermKind::Boolean(_) | TermKind::Number(_) | TermKind::String(_) => {}
            TermKind::Var(var) => self.add(&var.name),
            TermKind::Ref(reference) => self.reference(reference),
            TermKind::Array(terms) => {
                for term in terms {
                    self.term(term);
                }
            }
            TermKind::Set(terms) => {
                if !self.skip.has(Skip::SETS) {
                    for term in terms {
                        self.term(term);
                    }
                }
            }
            TermKind::Object(pairs) => {
                for (key, value) in pairs {
                    if !self.skip.has(Skip::OBJECT_KEYS) {
                        self.term(key);
                    }
                    self.term(value);
                }
            }
            TermKind::Call(call) => self.call(call),
            TermKind::Comprehension(comprehension) => {
                self.met_closures = true;
                if self.skip.has(Skip::CLOSURES) {
                    return;
                }
                match &comprehension.head {
                    ComprehensionHead::Array(head) | ComprehensionHead::Set(head) => self.term(head),
                    ComprehensionHead::Object(key, value) => {
                        self.term(key);
                        self.term(value);
                    }
                }
                self.body(&comprehension.body);
            }
            TermKind::Template(template) => {
                self.met_closures = true;
                if self.skip.has(Skip::CLOSURES) {
                    return;
                }
                for part in &template.parts {
                    if let TemplatePart::Expression(literal) = part {
                        self.literal(literal);
                    }
                }
            }
        }
    }

    pub(super) fn reference(&mut self, reference: &Ref) {
        if !self.skip.has(Skip::REF_HEADS) {
            self.term(&reference.head);
        }
        self.operands(reference);
    }

    fn call(&mut self, call: &Call) {
        if self.skip.has(Skip::CALL_HEADS) {
            self.operands(&call.operator);
        } else {
            self.reference(&call.operator);
        }
        for arg in &call.args {
            self.term(arg);
        }
    }

    pub(super) fn operands(&mut self, reference: &Ref) {
        for operand in &reference.operands {
            self.term(operand);
        }
    }

    fn add(&mut self, name: &Name) {
        self.vars.add(name);
    }
}

/// The variables of a term.
pub(super) fn of_term(term: &Term, skip: Skip) -> VarSet {
    let mut vars = VarSet::new();
    Collector::new(skip, &mut vars).term(term);
    vars
}

/// The variables of a body.
pub(super) fn of_body(body: &Body, skip: Skip) -> VarSet {
    let mut vars = VarSet::new();
    Collector::new(skip, &mut vars).body(body);
    vars
}

/// `data` and `input`, which always have a value.
pub(super) fn reserved() -> VarSet {
    [Name::DATA, Name::INPUT].into_iter().collect()
}
