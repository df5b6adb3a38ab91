//! What the rules of a module have in them, so that a stage that looks for something else need not look.

use std::ops::BitOrAssign;

use super::builtins::{self, Builtin, Builtins};
use crate::syntax::tree::Ref;

/// What there is in the rules of a module as they were written; each may be said of one that has none of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Contents(u8);

impl Contents {
    /// Something called `print`.
    pub(super) const PRINT: Self = Self(1);
    /// Strings with expressions in them.
    pub(super) const TEMPLATES: Self = Self(2);
    /// Modifiers.
    pub(super) const WITH: Self = Self(4);
    /// Something called `rego`.
    pub(super) const REGO: Self = Self(8);
    /// Calls of functions without an output.
    pub(super) const VOID_CALLS: Self = Self(16);
    /// Calls of functions that version 1 and strict mode refuse.
    pub(super) const DEPRECATED_CALLS: Self = Self(32);
    /// Comprehensions that are written.
    pub(super) const COMPREHENSIONS: Self = Self(64);
    /// Comprehensions, or what stages make comprehensions of.
    pub(super) const CLOSURES: Self = Self(Self::COMPREHENSIONS.0 | Self::TEMPLATES.0 | Self::PRINT.0);

    /// What has to be expected in all modules because the compiler itself may put it there.
    pub(super) fn of_generated(builtins: &dyn Builtins) -> Self {
        // With our own functions that is nothing; capabilities may say otherwise of those that we generate calls of.
        let mut found = Self::default();
        if builtins.builtin(TEMPLATE).is_some_and(|template| template.void) {
            found |= Self::VOID_CALLS;
        }
        if GENERATED_CALLS.iter().any(|name| builtins.builtin(name).is_some_and(|found| found.deprecated)) {
            found |= Self::DEPRECATED_CALLS;
        }
        found
    }

    /// Whether any of `other` may be there.
    pub(super) fn have(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Adds what a name says.
    pub(super) fn note_name(&mut self, name: &str) {
        match name {
            "print" => *self |= Self::PRINT,
            "rego" => *self |= Self::REGO,
            _ => {}
        }
    }

    /// Adds what the function of a call says.
    pub(super) fn note_call(&mut self, operator: &Ref, builtins: &dyn Builtins) {
        let Some(Builtin { void, deprecated, .. }) = builtins::of_operator(builtins, operator) else {
            return;
        };
        if void {
            *self |= Self::VOID_CALLS;
        }
        if deprecated {
            *self |= Self::DEPRECATED_CALLS;
        }
    }
}

impl BitOrAssign for Contents {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// The built-in functions that the compiler makes calls of. Where it does before calls are looked at that stand for a value,
/// only those of [`TEMPLATE`] do so.
const GENERATED_CALLS: [&str; 4] = ["eq", "internal.print", "internal.test_case", TEMPLATE];

/// What strings with expressions in them become calls of.
pub(super) const TEMPLATE: &str = "internal.template_string";
