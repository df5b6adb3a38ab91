//! A compiled body as rules of the linter read it: what its variables stand for, and what it asks.

use std::collections::{BTreeMap, BTreeSet};

use crate::compile::walk::{self, Flow, Node};
use crate::compile::{self, has_generated_output, locals};
use crate::syntax::tree::{Body, Call, Every, Literal, LiteralKind, Name, Ref, Term, TermKind};

/// One body, taken apart.
#[derive(Debug, Default)]
pub(super) struct Reading<'a> {
    terms: BTreeMap<&'a Name, &'a Term>,
    outputs: BTreeMap<&'a Name, Apply<'a>>,
    /// What has to hold, in the order of evaluation.
    pub(super) conditions: Vec<Condition<'a>>,
}

/// A literal that can fail for another reason than that something is missing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition<'a> {
    /// The literal; for a value of the head, the literal that computes it.
    pub(super) literal: &'a Literal,
    /// Whether it must not hold.
    pub(super) negated: bool,
    /// What it asks.
    pub(super) ask: Ask<'a>,
}

/// What a condition asks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask<'a> {
    /// Whether a document is there and not false.
    Truth(&'a Term),
    /// Whether a function says so, operators included.
    Apply(Apply<'a>),
    /// Whether something holds for all elements.
    Every(&'a Every),
    /// Anything else, such as a literal under `with`.
    Other,
}

/// A call without the variable that takes its output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Apply<'a> {
    /// The function.
    pub(super) operator: &'a Ref,
    /// What it is given.
    pub(super) args: &'a [Term],
}

impl Apply<'_> {
    /// Whether it is a call of the built-in function with this name; `==` and `=` are both `eq`.
    pub(super) fn calls(self, name: &str) -> bool {
        let Some(parts) = self.operator.names() else { return false };
        let mut wanted = name.split('.');
        let same = parts.iter().all(|part| {
            wanted.next().is_some_and(|wanted| *part == wanted || *part == "equal" && wanted == "eq")
        });
        same && wanted.next().is_none()
    }
}

impl<'a> Reading<'a> {
    /// Reads the body of a rule, and the value of its head as far as it is true or false.
    pub(super) fn of_rule(rule: &'a compile::Rule) -> Self {
        let mut seen = BTreeSet::new();
        for term in &rule.head.args {
            walk::term(term, &mut |node| note(node, &mut seen));
        }
        let mut reading = Self::default();
        reading.read(&rule.body, &mut seen);
        if let Some(value) = &rule.head.value
            && let Some(var) = value.as_var()
        {
            reading.conditions.extend(reading.value_of_head(&var.name, &rule.body));
        }
        reading
    }

    /// Reads a body inside of another, such as that of an `every`.
    pub(super) fn inside(&self, body: &'a Body) -> Self {
        let mut reading =
            Self { terms: self.terms.clone(), outputs: self.outputs.clone(), conditions: Vec::new() };
        // Variables from outside have values: asking for them is a condition.
        let mut seen: BTreeSet<&Name> = self.terms.keys().chain(self.outputs.keys()).copied().collect();
        reading.read(body, &mut seen);
        reading
    }

    fn read(&mut self, body: &'a Body, seen: &mut BTreeSet<&'a Name>) {
        for literal in &body.literals {
            if !self.defines(literal, seen) && !is_truth(literal) {
                self.conditions.push(Condition { literal, negated: literal.negated, ask: ask(literal) });
            }
            walk::literal(literal, &mut |node| note(node, seen));
        }
    }

    /// Whether a literal only gives a variable its value; the bodies are in an order in which that comes first.
    fn defines(&mut self, literal: &'a Literal, seen: &BTreeSet<&'a Name>) -> bool {
        let Some(call) = locals::call_of(literal).filter(|_| !literal.negated) else { return false };
        if !literal.with.is_empty() {
            return false;
        }
        if let [left, right] = call.args.as_slice()
            && locals::calls(call, "eq")
        {
            let new = |term: &'a Term| term.as_var().map(|var| &var.name).filter(|name| !seen.contains(name));
            let Some((name, term)) =
                new(left).map(|name| (name, right)).or_else(|| new(right).map(|name| (name, left)))
            else {
                return binds_pattern(left, seen) || binds_pattern(right, seen);
            };
            self.terms.insert(name, term);
            return true;
        }
        if has_generated_output(call)
            && let Some((output, args)) = call.args.split_last()
            && let Some(var) = output.as_var()
        {
            self.outputs.insert(&var.name, Apply { operator: &call.operator, args });
            return true;
        }
        false
    }

    fn value_of_head(&self, name: &'a Name, body: &'a Body) -> Option<Condition<'a>> {
        let defines = |literal: &&'a Literal| {
            let var =
                |term: Option<&'a Term>| term.and_then(Term::as_var).is_some_and(|var| var.name == *name);
            locals::call_of(literal).is_some_and(|call| var(call.args.first()) || var(call.args.last()))
        };
        let literal = body.literals.iter().find(defines)?;
        let ask = match (self.outputs.get(name), self.terms.get(name)) {
            (Some(apply), _) => Ask::Apply(*apply),
            (None, Some(term)) => self.output(term).map_or(Ask::Truth(term), Ask::Apply),
            (None, None) => return None,
        };
        Some(Condition { literal, negated: false, ask })
    }

    /// What a term stands for: the term that its variable was defined as, if any.
    pub(super) fn resolve(&self, term: &'a Term) -> &'a Term {
        let mut term = term;
        // A chain of this length is not written by hand, and variables defined by each other must not loop.
        for _ in 0..LONGEST_CHAIN {
            match term.as_var().and_then(|var| self.terms.get(&var.name)) {
                Some(next) => term = next,
                None => break,
            }
        }
        term
    }

    /// The call whose output a term stands for.
    pub(super) fn output(&self, term: &'a Term) -> Option<Apply<'a>> {
        let var = self.resolve(term).as_var()?;
        self.outputs.get(&var.name).copied()
    }

    /// The reference that a term stands for, from where it starts outside of the body.
    pub(super) fn reference(&self, term: &'a Term) -> Option<Ref> {
        let mut reference = self.resolve(term).as_ref_term()?.clone();
        for _ in 0..LONGEST_CHAIN {
            let Some(var) = reference.head.as_var() else { break };
            let Some(base) = self.terms.get(&var.name).and_then(|term| term.as_ref_term()) else { break };
            let rest = std::mem::replace(&mut reference, base.clone()).operands;
            reference.operands.extend(rest);
        }
        Some(reference)
    }
}

/// Whether an equality takes a value apart: `[a, b] = x` with a variable that has no value yet.
fn binds_pattern<'a>(term: &'a Term, seen: &BTreeSet<&'a Name>) -> bool {
    let parts: Vec<&Term> = match &term.kind {
        TermKind::Array(terms) => terms.iter().collect(),
        TermKind::Object(pairs) => pairs.iter().map(|(_, value)| value).collect(),
        TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Var(_)
        | TermKind::Ref(_)
        | TermKind::Set(_)
        | TermKind::Comprehension(_)
        | TermKind::Call(_) => return false,
    };
    parts.iter().any(|part| part.as_var().is_some_and(|var| !seen.contains(&var.name)))
}

fn ask(literal: &Literal) -> Ask<'_> {
    if !literal.with.is_empty() {
        return Ask::Other;
    }
    match &literal.kind {
        LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => Ask::Apply(apply(call)),
        LiteralKind::Term(term) => Ask::Truth(term),
        LiteralKind::Every(every) => Ask::Every(every),
        LiteralKind::Declare(_)
        | LiteralKind::SomeIn(_)
        | LiteralKind::Not(_)
        | LiteralKind::And(_)
        | LiteralKind::Or(_) => Ask::Other,
    }
}

fn apply(call: &Call) -> Apply<'_> {
    Apply { operator: &call.operator, args: &call.args }
}

/// Whether a literal is `true`, which an empty body becomes.
pub(super) fn is_truth(literal: &Literal) -> bool {
    matches!(&literal.kind, LiteralKind::Term(Term { kind: TermKind::Boolean(true), .. }) if !literal.negated)
}

fn note<'a>(node: Node<'a>, seen: &mut BTreeSet<&'a Name>) -> Flow {
    if let Node::Var(var) = node {
        seen.insert(&var.name);
    }
    Flow::Descend
}

const LONGEST_CHAIN: usize = 16;
