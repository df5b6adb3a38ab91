//! The order of types, and their union.

use std::cmp::Ordering;
use std::sync::Arc;

use super::lattice::{Function, Object, Parameter, Type};

impl Type {
    /// Whether every value of `other` is also of this type, as far as unions tell.
    pub fn contains(&self, other: &Self) -> bool {
        match self.members() {
            Some(_) if matches!(other, Self::Function(_)) => false,
            Some([]) => true,
            Some(members) => members.binary_search_by(|member| member.compare(other)).is_ok(),
            None => self.compare(other) == Ordering::Equal,
        }
    }

    /// OPA's order: by kind, then by parts.
    pub fn compare(&self, other: &Self) -> Ordering {
        UNFOLD_ONCE.compare(self, other)
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Boolean => 1,
            Self::Number => 2,
            Self::String => 3,
            Self::Array(_) => 4,
            Self::Object(_) => 5,
            Self::Set(_) => 6,
            Self::Any | Self::Union(_) => 7,
            Self::Function(_) => 8,
            Self::Recursive(_) => 9,
        }
    }

    /// The union of two types; none when only one is a function, or both are of different arity.
    #[must_use]
    pub fn or(self, other: Self) -> Option<Self> {
        match (&self, &other) {
            (Self::Function(left), Self::Function(right)) => return unite_functions(left, right),
            (Self::Function(_), _) | (_, Self::Function(_)) => return None,
            _ => {}
        }
        let united = match (self.members(), other.members()) {
            (Some([]), _) | (_, Some([])) => Self::Any,
            (Some(left), Some(right)) => {
                let mut members = Vec::with_capacity(left.len() + right.len());
                members.extend_from_slice(left);
                members.extend_from_slice(right);
                Self::union(members)
            }
            (Some(_), None) if self.contains(&other) => self,
            (Some(members), None) => Self::with_member(members, other),
            (None, Some(_)) if other.contains(&self) => other,
            (None, Some(members)) => Self::with_member(members, self),
            (None, None) if self.compare(&other) == Ordering::Equal => self,
            (None, None) => Self::union(vec![self, other]),
        };
        Some(united)
    }

    fn with_member(members: &[Self], member: Self) -> Self {
        let at = members.partition_point(|other| other.compare(&member) == Ordering::Less);
        let mut members = members.to_vec();
        members.insert(at.min(members.len()), member);
        Self::union_of_sorted(members)
    }
}

/// The order of types that may be unknown; the unknown type comes first.
pub(super) fn compare(left: Option<&Type>, right: Option<&Type>) -> Ordering {
    UNFOLD_ONCE.compare_some(left, right)
}

/// The union of two types, of which an unknown one adds nothing.
pub(super) fn or(left: Option<Type>, right: Option<Type>) -> Option<Type> {
    match (left, right) {
        (None, other) | (other, None) => other,
        (Some(left), Some(right)) => left.or(right),
    }
}

/// How often types that begin again are looked into, on each of the two sides, on the way to a part.
///
/// Each type then counts as a tree that ends somewhere, which makes the order of all of them a total one.
#[derive(Debug, Clone, Copy)]
struct Unfold {
    left: u8,
    right: u8,
}

impl Unfold {
    fn compare(self, left: &Type, right: &Type) -> Ordering {
        if let (Some(unfolds), Some(left)) = (self.left.checked_sub(1), left.unfolded()) {
            return Self { left: unfolds, ..self }.compare(&left, right);
        }
        if let (Some(unfolds), Some(right)) = (self.right.checked_sub(1), right.unfolded()) {
            return Self { right: unfolds, ..self }.compare(left, &right);
        }
        match (left, right) {
            (Type::Array(left), Type::Array(right)) => {
                if self.is_same(left, right) {
                    return Ordering::Equal;
                }
                self.compare_some(left.rest(), right.rest())
                    .then_with(|| self.compare_lists(left.items(), right.items()))
            }
            (Type::Object(left), Type::Object(right)) => self.compare_objects(left, right),
            (Type::Set(left), Type::Set(right)) => self.compare_some(left.of(), right.of()),
            (Type::Union(left), Type::Union(right)) => {
                if self.is_same(left, right) {
                    return Ordering::Equal;
                }
                let pairs = left.members().iter().zip(right.members());
                first_difference(pairs.map(|(left, right)| self.compare(left, right)))
                    .then_with(|| left.members().len().cmp(&right.members().len()))
            }
            (Type::Function(left), Type::Function(right)) => self.compare_functions(left, right),
            (Type::Recursive(left), Type::Recursive(right)) => left.name().cmp(right.name()),
            _ => left.rank().cmp(&right.rank()).then_with(|| {
                let size = |of: &Type| of.members().map_or(0, <[Type]>::len);
                size(left).cmp(&size(right))
            }),
        }
    }

    /// Whether both sides are one and the same type, looked into equally often.
    fn is_same<T>(self, left: &Arc<T>, right: &Arc<T>) -> bool {
        self.left == self.right && Arc::ptr_eq(left, right)
    }

    fn compare_some(self, left: Option<&Type>, right: Option<&Type>) -> Ordering {
        match (left, right) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) => self.compare(left, right),
        }
    }

    fn compare_objects(self, left: &Arc<Object>, right: &Arc<Object>) -> Ordering {
        if self.is_same(left, right) {
            return Ordering::Equal;
        }
        let rest = match (left.rest(), right.rest()) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) => {
                self.compare_some(left.0, right.0).then_with(|| self.compare_some(left.1, right.1))
            }
        };
        rest.then_with(|| {
            let pairs = left.fields().iter().zip(right.fields());
            first_difference(pairs.map(|(left, right)| {
                left.0.cmp(&right.0).then_with(|| self.compare_some(left.1.as_ref(), right.1.as_ref()))
            }))
        })
        .then_with(|| left.fields().len().cmp(&right.fields().len()))
    }

    fn compare_functions(self, left: &Function, right: &Function) -> Ordering {
        left.parameters().len().cmp(&right.parameters().len()).then_with(|| {
            let pairs = left.parameters().iter().zip(right.parameters());
            first_difference(
                pairs.map(|(left, right)| self.compare_some(left.of.as_ref(), right.of.as_ref())),
            )
            .then_with(|| self.compare_some(left.result_type(), right.result_type()))
            .then_with(|| {
                let variadic = |of: Option<&Parameter>| of.and_then(|parameter| parameter.of.clone());
                self.compare_some(variadic(left.variadic()).as_ref(), variadic(right.variadic()).as_ref())
            })
        })
    }

    fn compare_lists(self, left: &[Option<Type>], right: &[Option<Type>]) -> Ordering {
        let pairs = left.iter().zip(right);
        first_difference(pairs.map(|(left, right)| self.compare_some(left.as_ref(), right.as_ref())))
            .then_with(|| left.len().cmp(&right.len()))
    }
}

fn first_difference(mut orders: impl Iterator<Item = Ordering>) -> Ordering {
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn unite_functions(left: &Function, right: &Function) -> Option<Type> {
    let unlike = left.parameters().len() != right.parameters().len()
        || left.variadic().is_some() != right.variadic().is_some();
    if unlike {
        return None;
    }
    let unite =
        |left: &Parameter, right: &Parameter| Parameter::unnamed(or(left.of.clone(), right.of.clone()));
    let parameters = left.parameters().iter().zip(right.parameters()).map(|(left, right)| unite(left, right));
    let variadic = left.variadic().zip(right.variadic()).map(|(left, right)| unite(left, right));
    let result = or(left.result_type().cloned(), right.result_type().cloned());
    Some(Type::function(
        parameters.collect(),
        variadic,
        result.map(|result| Parameter::unnamed(Some(result))),
    ))
}

/// OPA looks into types without end, and comes to none when two of them are equal. One step tells apart what
/// differs, and is quick.
const UNFOLD_ONCE: Unfold = Unfold { left: 1, right: 1 };
