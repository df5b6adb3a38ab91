//! The functions that a call can name: built-in ones and those that rules define.

use super::builtins::{self, Builtin, Builtins};
use super::tree::RuleTree;
use crate::syntax::tree::Ref;

/// Looks functions up.
#[derive(Clone, Copy)]
pub(super) struct Functions<'a> {
    pub(super) builtins: &'a dyn Builtins,
    pub(super) tree: &'a RuleTree,
}

impl Functions<'_> {
    /// The built-in function that an operator names.
    pub(super) fn builtin(self, operator: &Ref) -> Option<Builtin> {
        builtins::of_operator(self.builtins, operator)
    }

    /// How many arguments the function takes; rules that are no functions take none.
    pub(super) fn arity(self, operator: &Ref) -> Option<usize> {
        self.builtin(operator).map(|found| found.arity).or_else(|| self.tree.arity(operator))
    }
}
