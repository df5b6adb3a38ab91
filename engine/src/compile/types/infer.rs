//! The types of terms.

use std::rc::Rc;

use super::Key;
use super::check::Checker;
use super::environment::Layer;
use super::error::TypeError;
use super::lattice::Type;
use super::order::{compare, or};
use crate::compile::vars::VarMap;
use crate::syntax::tree::{
    Body, Comprehension, ComprehensionHead, Literal, LiteralKind, Name, Ref, Term, TermKind,
};

/// What checking a comprehension in one context gave.
#[derive(Debug)]
pub(super) struct Outcome {
    context: Context,
    pub(super) errors: Vec<TypeError>,
    of: Option<Type>,
}

/// All that the check of a comprehension depends on: the types of its variables, and what is replaced around it.
///
/// A comprehension is looked at from each place that it lies in, so without remembering the outcomes the time
/// would double with each level of nesting.
#[derive(Debug)]
struct Context {
    variables: Vec<Option<Type>>,
    replaced: Vec<(usize, Vec<Type>)>,
}

impl Checker<'_> {
    /// The type of a term, as far as it is known.
    pub(super) fn infer(&mut self, term: &Term) -> Option<Type> {
        match &term.kind {
            TermKind::Null => Some(Type::Null),
            TermKind::Boolean(_) => Some(Type::Boolean),
            TermKind::Number(_) => Some(Type::Number),
            TermKind::String(_) | TermKind::Template(_) => Some(Type::String),
            TermKind::Array(terms) => {
                let items = terms.iter().map(|term| self.infer(term)).collect();
                Some(Type::array(items, None))
            }
            TermKind::Object(pairs) => {
                let mut fields = Vec::new();
                let mut rest = None;
                for (key, value) in sorted_pairs(pairs) {
                    match Key::of_term(key) {
                        Some(key) => fields.push((key, self.infer(value))),
                        None => rest = Some((self.infer(key), self.infer(value))),
                    }
                }
                Some(Type::object(fields, rest))
            }
            TermKind::Set(terms) => {
                let of = terms.iter().fold(None, |of, term| or(of, self.infer(term)));
                Some(Type::set(of))
            }
            TermKind::Comprehension(comprehension) => {
                let outcome = self.comprehension(comprehension);
                if outcome.errors.is_empty() { outcome.of.clone() } else { None }
            }
            TermKind::Ref(reference) => self.environment.reference(reference),
            TermKind::Var(var) => self.environment.variable(&var.name),
            TermKind::Call(_) => None,
        }
    }

    /// Checks a comprehension where it stands.
    pub(super) fn comprehension(&mut self, comprehension: &Comprehension) -> Rc<Outcome> {
        let place = std::ptr::from_ref(comprehension).addr();
        let context = self.context(place, comprehension);
        let known = self
            .outcomes
            .get(&place)
            .and_then(|outcomes| outcomes.iter().find(|known| known.context == context));
        if let Some(known) = known {
            return Rc::clone(known);
        }
        self.environment.enter(Layer::Variables(VarMap::new()));
        let errors = self.check_body(&comprehension.body);
        let of = match &comprehension.head {
            _ if !errors.is_empty() => None,
            ComprehensionHead::Array(term) => Some(Type::array(Vec::new(), self.infer(term))),
            ComprehensionHead::Set(term) => Some(Type::set(self.infer(term))),
            ComprehensionHead::Object(key, value) => {
                let rest = (self.infer(key), self.infer(value));
                Some(Type::object(Vec::new(), Some(rest)))
            }
        };
        self.environment.leave();
        let outcome = Rc::new(Outcome { context, errors, of });
        self.outcomes.entry(place).or_default().push(Rc::clone(&outcome));
        outcome
    }

    fn context(&mut self, place: usize, comprehension: &Comprehension) -> Context {
        let names = self.names.entry(place).or_insert_with(|| {
            let mut names = Vec::new();
            names_of_comprehension(comprehension, &mut names);
            // In any order: they are only compared with themselves.
            names.sort_unstable_by_key(|name| name.as_str().as_ptr());
            names.dedup_by(|name, other| name.is_shared_with(other));
            names
        });
        let variables = names.iter().map(|name| self.environment.variable(name)).collect();
        let replaced = self.environment.layers().iter().filter_map(|layer| match layer {
            Layer::Replaced(replaced) => Some((replaced.literal, replaced.types.clone())),
            Layer::Variables(_) => None,
        });
        Context { variables, replaced: replaced.collect() }
    }
}

impl PartialEq for Context {
    fn eq(&self, other: &Self) -> bool {
        let same = |left: &Option<Type>, right: &Option<Type>| compare(left.as_ref(), right.as_ref()).is_eq();
        self.variables.len() == other.variables.len()
            && self.variables.iter().zip(&other.variables).all(|(left, right)| same(left, right))
            && self.replaced.len() == other.replaced.len()
            && self.replaced.iter().zip(&other.replaced).all(|(left, right)| {
                left.0 == right.0
                    && left.1.len() == right.1.len()
                    && left.1.iter().zip(&right.1).all(|(left, right)| left.compare(right).is_eq())
            })
    }
}

/// The pairs of an object in OPA's order of keys; of equal constant keys the last is meant.
pub(super) fn sorted_pairs(pairs: &[(Term, Term)]) -> Vec<(&Term, &Term)> {
    let mut sorted: Vec<_> = pairs.iter().map(|(key, value)| (Key::of_term(key), key, value)).collect();
    sorted.sort_by(|(left_key, left, _), (right_key, right, _)| match (left_key, right_key) {
        (Some(one), Some(other)) => one.cmp(other).then_with(|| is_set(left).cmp(&is_set(right))),
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (None, None) => left.as_var().map(|var| &var.name).cmp(&right.as_var().map(|var| &var.name)),
    });
    let mut distinct: Vec<(Option<Key>, &Term, &Term)> = Vec::with_capacity(sorted.len());
    for entry in sorted {
        match distinct.last_mut() {
            Some(last) if entry.0.is_some() && last.0 == entry.0 && is_set(last.1) == is_set(entry.1) => {
                *last = entry;
            }
            _ => distinct.push(entry),
        }
    }
    distinct.into_iter().map(|(_, key, value)| (key, value)).collect()
}

/// Sets and arrays with the same elements are one key to types, but two to objects.
fn is_set(term: &Term) -> bool {
    matches!(term.kind, TermKind::Set(_))
}

fn names_of_comprehension(comprehension: &Comprehension, names: &mut Vec<Name>) {
    match &comprehension.head {
        ComprehensionHead::Array(term) | ComprehensionHead::Set(term) => names_of_term(term, names),
        ComprehensionHead::Object(key, value) => {
            names_of_term(key, names);
            names_of_term(value, names);
        }
    }
    names_of_body(&comprehension.body, names);
}

/// The names of all variables in a term.
pub(super) fn names_of_term(term: &Term, names: &mut Vec<Name>) {
    match &term.kind {
        TermKind::Null
        | TermKind::Boolean(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_) => {}
        TermKind::Var(var) => names.push(var.name.clone()),
        TermKind::Ref(reference) => names_of_ref(reference, names),
        TermKind::Array(terms) | TermKind::Set(terms) => {
            for term in terms {
                names_of_term(term, names);
            }
        }
        TermKind::Object(pairs) => {
            for (key, value) in pairs {
                names_of_term(key, names);
                names_of_term(value, names);
            }
        }
        TermKind::Comprehension(comprehension) => names_of_comprehension(comprehension, names),
        TermKind::Call(call) => {
            names_of_ref(&call.operator, names);
            for term in &call.args {
                names_of_term(term, names);
            }
        }
    }
}

fn names_of_ref(reference: &Ref, names: &mut Vec<Name>) {
    names_of_term(&reference.head, names);
    for term in &reference.operands {
        names_of_term(term, names);
    }
}

fn names_of_body(body: &Body, names: &mut Vec<Name>) {
    for literal in &body.literals {
        names_of_literal(literal, names);
    }
}

fn names_of_literal(literal: &Literal, names: &mut Vec<Name>) {
    match &literal.kind {
        LiteralKind::Term(term) => names_of_term(term, names),
        LiteralKind::Declare(vars) => names.extend(vars.iter().map(|var| var.var.name.clone())),
        LiteralKind::SomeIn(membership) => {
            for term in membership.key.iter().chain([&membership.value, &membership.domain]) {
                names_of_term(term, names);
            }
        }
        LiteralKind::Every(every) => {
            names.extend(every.key.iter().chain([&every.value]).map(|var| var.var.name.clone()));
            names_of_term(&every.domain, names);
            names_of_body(&every.body, names);
        }
        LiteralKind::Not(negation) => names_of_body(&negation.body, names),
        LiteralKind::And(sides) | LiteralKind::Or(sides) => {
            names_of_body(&sides.left.body, names);
            names_of_body(&sides.right.body, names);
        }
    }
    for with in &literal.with {
        names_of_term(&with.target, names);
        names_of_term(&with.value, names);
    }
}
