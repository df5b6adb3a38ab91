//! Which types can have a value in common.

use super::lattice::{Array, Object, Type};

impl Type {
    /// Whether two types may have a value in common.
    pub fn unifies(&self, other: &Self) -> bool {
        unifies(Some(self), Some(other))
    }
}

/// Whether two types may have a value in common. An unknown type has none.
pub(super) fn unifies(left: Option<&Type>, right: Option<&Type>) -> bool {
    Unfolds(MAX_UNFOLDS).unify(left, right)
}

/// How often types that begin again may still be looked into on the way to a part; after that, they fit.
#[derive(Debug, Clone, Copy)]
struct Unfolds(u8);

impl Unfolds {
    fn unify(self, left: Option<&Type>, right: Option<&Type>) -> bool {
        let (Some(left), Some(right)) = (left, right) else {
            return false;
        };
        match (left.unfolded(), right.unfolded()) {
            (None, None) => {}
            (unfolded, other) => {
                let Some(unfolds) = self.0.checked_sub(1) else { return true };
                let (left, right) = (unfolded.as_ref().unwrap_or(left), other.as_ref().unwrap_or(right));
                return Self(unfolds).unify(Some(left), Some(right));
            }
        }
        match (left.members(), right.members()) {
            (None, None) => {}
            (members, others) => {
                return members.is_some_and(|members| self.unify_any(members, right))
                    || others.is_some_and(|others| self.unify_any(others, left));
            }
        }
        match (left, right) {
            (Type::Null, Type::Null)
            | (Type::Boolean, Type::Boolean)
            | (Type::Number, Type::Number)
            | (Type::String, Type::String) => true,
            (Type::Array(left), Type::Array(right)) => self.unify_arrays(left, right),
            (Type::Object(left), Type::Object(right)) => self.unify_objects(left, right),
            // The empty set is in every type of sets.
            (Type::Set(left), Type::Set(right)) => {
                left.of().is_none() || right.of().is_none() || self.unify(left.of(), right.of())
            }
            // Only functions without variadic parameters can be replaced.
            (Type::Function(left), Type::Function(right)) => {
                let (left, right) = (left.parameters(), right.parameters());
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(right)
                        .all(|(left, right)| self.unify(left.of.as_ref(), right.of.as_ref()))
            }
            _ => false,
        }
    }

    fn unify_any(self, members: &[Type], other: &Type) -> bool {
        if matches!(other, Type::Function(_)) {
            return false;
        }
        members.is_empty() || members.iter().any(|member| self.unify(Some(member), Some(other)))
    }

    fn unify_arrays(self, left: &Array, right: &Array) -> bool {
        let one_sided = |array: &Array, other: &Array| {
            let mut items = array.items().iter().skip(other.items().len());
            items.all(|item| self.unify(item.as_ref(), other.rest()))
        };
        let rests = left.rest().is_none() || right.rest().is_none() || self.unify(left.rest(), right.rest());
        let mut pairs = left.items().iter().zip(right.items());
        pairs.all(|(left, right)| self.unify(left.as_ref(), right.as_ref()))
            && one_sided(left, right)
            && one_sided(right, left)
            && rests
    }

    fn unify_objects(self, left: &Object, right: &Object) -> bool {
        let rests = (left.rest_value(), right.rest_value());
        let open = rests.0.is_some() || rests.1.is_some();
        let fits =
            |value: Option<&Type>, other: Option<&Type>| other.map_or(open, |_| self.unify(value, other));
        left.fields().iter().all(|(key, value)| fits(value.as_ref(), right.at(key)))
            && right.fields().iter().all(|(key, value)| match left.field(key) {
                // Both values are known: compared from the other side already.
                Some(Some(_)) if value.is_some() => true,
                _ => fits(value.as_ref(), left.at(key)),
            })
            && (rests.0.is_none() || rests.1.is_none() || self.unify(rests.0, rests.1))
    }
}

const MAX_UNFOLDS: u8 = 2;
