//! Unification of terms: whether they can be equal, and what that says about their variables.

use super::Key;
use super::check::Checker;
use super::infer::sorted_pairs;
use super::lattice::{Array, Object, Type, is_unknown};
use super::order::or;
use super::unify::unifies;
use crate::syntax::tree::{Name, Term, TermKind};

/// What a type that is found for a variable means for the type that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// It is the type; one that is known already must fit.
    Required,
    /// It is one more type that the variable may be of.
    Possible,
}

impl Checker<'_> {
    /// Whether two terms of these types can be equal.
    pub(super) fn unify(
        &mut self,
        left: &Term,
        left_type: Option<&Type>,
        right: &Term,
        right_type: Option<&Type>,
    ) -> bool {
        match (is_unknown(left_type), is_unknown(right_type)) {
            (true, false) => return self.bind(left, right_type, Found::Required),
            (false, true) => return self.bind(right, left_type, Found::Required),
            (false, false) => return unifies(left_type, right_type),
            (true, true) => {}
        }
        match (&left.kind, &right.kind) {
            (TermKind::Array(_) | TermKind::Object(_), _) => return self.unify_parts(left, right),
            (TermKind::Var(_), TermKind::Var(_)) => return self.bind_both(left, right),
            (TermKind::Var(_), TermKind::Array(_) | TermKind::Object(_)) => {
                return self.unify_parts(right, left);
            }
            (TermKind::Var(_), TermKind::Ref(_)) => {
                return self.bind(left, Some(&Type::Any), Found::Required);
            }
            (TermKind::Ref(_), TermKind::Var(_)) => {
                return self.bind(right, Some(&Type::Any), Found::Required);
            }
            _ => {}
        }
        // A variable takes on what little is known of the other side.
        match (left_type, right_type) {
            (None, Some(_)) if left.as_var().is_some() => self.bind(left, right_type, Found::Required),
            (Some(_), None) if right.as_var().is_some() => self.bind(right, left_type, Found::Required),
            _ => false,
        }
    }

    /// The first side, of which nothing is known, may be anything; the second is what the first then is.
    fn bind_both(&mut self, first: &Term, second: &Term) -> bool {
        if !self.bind(first, Some(&Type::Any), Found::Required) {
            return false;
        }
        let of = self.infer(first);
        self.bind(second, of.as_ref(), Found::Required)
    }

    /// A collection that is written out and another term, part by part.
    fn unify_parts(&mut self, collection: &Term, other: &Term) -> bool {
        match (&collection.kind, &other.kind) {
            (_, TermKind::Var(_)) => self.bind_both(collection, other),
            (TermKind::Array(ours), TermKind::Array(theirs)) => {
                ours.len() == theirs.len()
                    && ours.iter().zip(theirs).all(|(left, right)| self.unify_inferred(left, right))
            }
            (TermKind::Object(ours), TermKind::Object(theirs)) => {
                let (ours, theirs) = (sorted_pairs(ours), sorted_pairs(theirs));
                ours.len() == theirs.len()
                    && ours.iter().zip(&theirs).all(|(left, right)| same_key(left.0, right.0))
                    && ours.iter().zip(&theirs).all(|(left, right)| self.unify_inferred(left.1, right.1))
            }
            _ => false,
        }
    }

    fn unify_inferred(&mut self, left: &Term, right: &Term) -> bool {
        let (left_type, right_type) = (self.infer(left), self.infer(right));
        self.unify(left, left_type.as_ref(), right, right_type.as_ref())
    }

    /// Whether a term can be of a type. Its variables take on the types of the parts that they stand for.
    pub(super) fn bind(&mut self, term: &Term, of: Option<&Type>, found: Found) -> bool {
        match &term.kind {
            TermKind::Var(var) => self.bind_variable(&var.name, of, found),
            TermKind::Array(terms) => match of {
                Some(Type::Array(array)) => self.bind_array(terms, array, found),
                Some(of @ Type::Recursive(_)) => match of.unfolded() {
                    Some(Type::Array(array)) => self.bind_array(terms, &array, found),
                    _ => false,
                },
                _ => self.bind_to_any(term, of),
            },
            TermKind::Object(pairs) => match of {
                Some(Type::Object(object)) => self.bind_object(pairs, object, found),
                Some(of @ Type::Recursive(_)) => match of.unfolded() {
                    Some(Type::Object(object)) => self.bind_object(pairs, &object, found),
                    _ => false,
                },
                _ => self.bind_to_any(term, of),
            },
            TermKind::Set(terms) => match of {
                Some(Type::Set(set)) => terms.iter().all(|term| self.bind(term, set.of(), found)),
                _ => self.bind_to_any(term, of),
            },
            TermKind::Null
            | TermKind::Boolean(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::Ref(_)
            | TermKind::Comprehension(_)
            | TermKind::Call(_) => {
                let have = self.infer(term);
                unifies(have.as_ref(), of)
            }
        }
    }

    fn bind_variable(&mut self, name: &Name, of: Option<&Type>, found: Found) -> bool {
        let have = self.environment.variable(name);
        match found {
            Found::Required if have.is_some() => return unifies(have.as_ref(), of),
            Found::Required => self.environment.set_variable(name, of.cloned()),
            Found::Possible => self.environment.set_variable(name, or(have, of.cloned())),
        }
        true
    }

    /// A collection against every value, or against each member of a union.
    fn bind_to_any(&mut self, term: &Term, of: Option<&Type>) -> bool {
        match of.and_then(Type::members) {
            None => false,
            Some([]) => {
                let any = Some(&Type::Any);
                if let TermKind::Array(terms) | TermKind::Set(terms) = &term.kind {
                    for term in terms {
                        self.bind(term, any, Found::Possible);
                    }
                }
                if let TermKind::Object(pairs) = &term.kind {
                    for (key, value) in sorted_pairs(pairs) {
                        self.bind(key, any, Found::Possible);
                        self.bind(value, any, Found::Possible);
                    }
                }
                true
            }
            Some(members) => {
                let mut fits = false;
                for member in members {
                    fits |= self.bind(term, Some(member), Found::Possible);
                }
                fits
            }
        }
    }

    fn bind_array(&mut self, terms: &[Term], array: &Array, found: Found) -> bool {
        if terms.len() != array.items().len() && array.rest().is_none() {
            return false;
        }
        terms.iter().enumerate().all(|(at, term)| self.bind(term, array.at(at), found))
    }

    fn bind_object(&mut self, pairs: &[(Term, Term)], object: &Object, found: Found) -> bool {
        let pairs = sorted_pairs(pairs);
        if pairs.len() != object.fields().len() && object.rest_value().is_none() {
            return false;
        }
        pairs.into_iter().all(|(key, value)| {
            if let Some(key) = Key::of_term(key) {
                return object.at(&key).is_some_and(|of| self.bind(value, Some(of), found));
            }
            // Which values belong to the key is not known.
            self.bind(value, Some(&Type::Any), found);
            true
        })
    }
}

fn same_key(left: &Term, right: &Term) -> bool {
    match (Key::of_term(left), Key::of_term(right)) {
        (Some(left), Some(right)) => left == right,
        (None, None) => crate::syntax::display::term(left) == crate::syntax::display::term(right),
        _ => false,
    }
}
