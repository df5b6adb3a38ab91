//! Unification: patterns against values, and patterns against patterns.

use super::error::Result;
use super::machine::{Held, Machine};
use super::observer::Observer;
use super::sight::Seen;
use crate::program::Term;
use crate::value::Value;

impl<'a, O: Observer> Machine<'a, O> {
    /// Makes a pattern equal to a value by giving its variables values, if that can be done.
    pub(super) fn matches(&mut self, pattern: &'a Term, value: Held<'a>) -> Result<bool> {
        Ok(match pattern {
            Term::Local(slot) => {
                if let Some(known) = self.local(*slot) {
                    return Ok(same(known, &value));
                }
                self.bind(*slot, value);
                true
            }
            Term::Constant(constant) => *constant == *value,
            Term::Array(items) => {
                let Value::Array(array) = value.as_ref() else { return Ok(false) };
                if array.len() != items.len() {
                    return Ok(false);
                }
                for (index, item) in items.iter().enumerate() {
                    let Some(element) = child_at(&value, index) else { return Ok(false) };
                    if !self.matches(item, element)? {
                        return Ok(false);
                    }
                }
                true
            }
            Term::Object(pairs) => {
                let Value::Object(object) = value.as_ref() else { return Ok(false) };
                // As in OPA, whatever the keys turn out to be later.
                if object.len() != pairs.len() || !pairs.iter().all(|(key, _)| self.is_ground(key)) {
                    return Ok(false);
                }
                for (key, item) in pairs {
                    let Some(key) = self.value(key)? else { return Ok(false) };
                    let Some(element) = super::reference::step(&value, &key) else { return Ok(false) };
                    if !self.matches(item, element)? {
                        return Ok(false);
                    }
                }
                true
            }
            // As in OPA, whatever the elements turn out to be later.
            Term::Set(_) if !self.is_ground(pattern) => false,
            Term::Set(_) | Term::Ref(_) | Term::Comprehension(_) => {
                self.value(pattern)?.is_some_and(|known| known == value)
            }
        })
    }

    /// Whether a pattern says something before its variables have values: not so the elements of a set.
    pub(super) fn can_match(&self, pattern: &Term) -> bool {
        match pattern {
            Term::Constant(_) | Term::Local(_) => true,
            Term::Array(items) => items.iter().all(|item| self.can_match(item)),
            Term::Object(pairs) => {
                pairs.iter().all(|(key, value)| self.is_ground(key) && self.can_match(value))
            }
            Term::Set(_) | Term::Ref(_) | Term::Comprehension(_) => self.is_ground(pattern),
        }
    }

    /// Makes two patterns equal.
    pub(super) fn unify(&mut self, left: &'a Term, right: &'a Term) -> Result<bool> {
        let sight = self.sight();
        match (sight.term(left), sight.term(right), left, right) {
            (Seen::Unclear, Seen::Lasting(value), Term::Local(slot), _)
            | (Seen::Lasting(value), Seen::Unclear, _, Term::Local(slot)) => {
                self.bind(*slot, Held::Borrowed(value));
                return Ok(true);
            }
            (Seen::Unclear, Seen::Passing(value), Term::Local(slot), _)
            | (Seen::Passing(value), Seen::Unclear, _, Term::Local(slot)) => {
                let value = value.clone();
                self.bind(*slot, Held::Owned(value));
                return Ok(true);
            }
            _ => {}
        }
        if let Some(equal) = self.unify_known(left, right)? {
            return Ok(equal);
        }
        let mut open = Vec::new();
        if !decompose(left, right, &mut open) {
            return Ok(false);
        }
        // A pair without any known side waits until the others have given its variables values.
        while !open.is_empty() {
            let mut waiting = Vec::new();
            let mut progress = false;
            for (left, right) in open {
                match self.unify_known(left, right)? {
                    Some(true) => progress = true,
                    Some(false) => return Ok(false),
                    None if is_variable(left) || is_variable(right) => waiting.push((left, right)),
                    None => {
                        progress = true;
                        if !decompose(left, right, &mut waiting) {
                            return Ok(false);
                        }
                    }
                }
            }
            if !progress {
                return Err(super::Failure::internal("two variables without values are compared"));
            }
            open = waiting;
        }
        Ok(true)
    }

    /// Makes two patterns equal if one of them is known; answers nothing if neither is.
    fn unify_known(&mut self, left: &'a Term, right: &'a Term) -> Result<Option<bool>> {
        let (known, pattern) = if self.is_ground(left) {
            (left, right)
        } else if self.is_ground(right) {
            (right, left)
        } else {
            return Ok(None);
        };
        match self.value(known)? {
            Some(value) => self.matches(pattern, value).map(Some),
            None => Ok(Some(false)),
        }
    }
}

/// Takes two patterns apart; answers whether they can be equal. Variables stay as they are.
fn decompose<'a>(left: &'a Term, right: &'a Term, out: &mut Vec<(&'a Term, &'a Term)>) -> bool {
    match (left, right) {
        (Term::Array(left), Term::Array(right)) => {
            out.extend(left.iter().zip(right));
            left.len() == right.len()
        }
        (Term::Object(left), Term::Object(right)) => {
            if left.len() != right.len() {
                return false;
            }
            for (key, value) in left {
                let same = |other: &Term| match (key, other) {
                    (Term::Constant(left), Term::Constant(right)) => left == right,
                    (Term::Local(left), Term::Local(right)) => left == right,
                    _ => false,
                };
                match right.iter().find(|(other, _)| same(other)) {
                    Some((_, other)) => out.push((value, other)),
                    None => return false,
                }
            }
            true
        }
        (Term::Local(_), _) | (_, Term::Local(_)) => {
            out.push((left, right));
            true
        }
        // Constants and sets are known, so they never come here.
        _ => false,
    }
}

/// Whether two values are equal; quick for the same one.
fn same(left: &Held<'_>, right: &Held<'_>) -> bool {
    match (left, right) {
        (Held::Borrowed(left), Held::Borrowed(right)) if std::ptr::eq(*left, *right) => true,
        _ => left.as_ref() == right.as_ref(),
    }
}

fn is_variable(term: &Term) -> bool {
    matches!(term, Term::Local(_))
}

fn child_at<'a>(value: &Held<'a>, index: usize) -> Option<Held<'a>> {
    match value {
        Held::Borrowed(value) => value.as_array()?.get(index).map(Held::Borrowed),
        Held::Owned(value) => value.as_array()?.get(index).cloned().map(Held::Owned),
    }
}
