//! What the compiler has to know of built-in functions before types are checked: names, arities and a few traits.

use crate::builtins::{self, Shape};
use crate::syntax::tree::{Ref, TermKind};

/// Looks built-in functions up by their dotted names, such as `io.jwt.decode`.
pub trait Builtins: Sync {
    /// The function called `name`, if there is one.
    fn builtin(&self, name: &str) -> Option<Builtin>;
}

/// What the compiler knows of one built-in function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// How many arguments it takes.
    pub arity: usize,
    /// Whether one call may have many outputs, as that of `walk`.
    pub relation: bool,
    /// Whether it has no output, as `print`.
    pub void: bool,
    /// Whether version 1 and strict mode refuse it.
    pub deprecated: bool,
}

/// A set of kinds of scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scalars(u8);

impl Scalars {
    /// `null`.
    pub const NULL: Self = Self(1);
    /// `true` and `false`.
    pub const BOOLEAN: Self = Self(2);
    /// Numbers.
    pub const NUMBER: Self = Self(4);
    /// Strings.
    pub const STRING: Self = Self(8);
    /// All scalars.
    pub const ALL: Self = Self(15);
    /// No scalar.
    pub const NONE: Self = Self(0);

    /// The scalars among the values of a type.
    fn of(shape: &Shape) -> Self {
        match shape {
            Shape::Null => Self::NULL,
            Shape::Boolean => Self::BOOLEAN,
            Shape::Number => Self::NUMBER,
            Shape::String => Self::STRING,
            Shape::Any => Self::ALL,
            Shape::OneOf(shapes) => Self(shapes.iter().fold(0, |all, shape| all | Self::of(shape).0)),
            Shape::ArrayOf(_)
            | Shape::Tuple(_)
            | Shape::SetOf(_)
            | Shape::ObjectOf(..)
            | Shape::Record(..) => Self::NONE,
        }
    }

    /// Whether all of `other` is part of the set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The built-in functions of OPA 1.22.2.
#[derive(Debug, Clone, Copy, Default)]
pub struct CurrentBuiltins;

impl Builtins for CurrentBuiltins {
    fn builtin(&self, name: &str) -> Option<Builtin> {
        let signature = builtins::lookup(name)?;
        Some(Builtin {
            arity: signature.operands.len(),
            relation: signature.relation,
            void: signature.result.is_none(),
            deprecated: signature.deprecated,
        })
    }
}

/// The scalars that the built-in function called `name` may return; one that we don't have may return anything.
pub(super) fn scalars_of(name: &str) -> Scalars {
    let result = builtins::lookup(name).and_then(|signature| signature.result);
    result.map_or(Scalars::ALL, |result| Scalars::of(&result.shape))
}

/// Looks up the function that an operator names: a variable and names after it.
pub(super) fn of_operator(builtins: &dyn Builtins, operator: &Ref) -> Option<Builtin> {
    let TermKind::Var(head) = &operator.head.kind else { return None };
    if operator.operands.is_empty() {
        return builtins.builtin(&head.name);
    }
    if &*head.name == "data" || &*head.name == "input" {
        return None;
    }
    builtins.builtin(&dotted(operator)?)
}

/// `a.b.c` for a reference that has only names without dots in them.
pub(super) fn dotted(operator: &Ref) -> Option<String> {
    let mut text = String::with_capacity(MOST_NAMES);
    text.push_str(&operator.head.as_var()?.name);
    for operand in &operator.operands {
        let name = operand.as_string().filter(|name| !name.contains('.'))?;
        text.push('.');
        text.push_str(name);
    }
    Some(text)
}

/// Most functions have shorter names.
const MOST_NAMES: usize = 32;

#[cfg(test)]
mod tests {
    use super::{Builtins, CurrentBuiltins, Scalars, scalars_of};

    #[test]
    fn functions_are_known_by_their_signatures() {
        let known = |name: &str| CurrentBuiltins.builtin(name);
        assert_eq!(known("io.jwt.decode").map(|found| found.arity), Some(1));
        assert!(known("print").is_some_and(|found| found.void));
        assert!(known("walk").is_some_and(|found| found.relation));
        assert!(known("re_match").is_some_and(|found| found.deprecated));
        assert_eq!(scalars_of("minus"), Scalars::NUMBER);
        assert_eq!(known("nosuch"), None);
    }
}
