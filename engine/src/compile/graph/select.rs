//! Whether a reference refers to a rule, going by its operands.

use crate::compile::constants::same;
use crate::compile::vars::VarSet;
use crate::compile::walk::is_constant;
use crate::syntax::tree::{Ref, Term};

/// Whether two paths can be of one document from the operand at `from` on.
pub(super) fn may_meet(path: &Ref, reference: &Ref, from: usize) -> bool {
    let pairs = path.operands.iter().zip(&reference.operands).skip(from);
    pairs.into_iter().all(|(left, right)| !is_constant(left) || !is_constant(right) || same(left, right))
}

/// Whether a reference refers to a rule whatever its variables are.
pub(super) fn is_certain(reference: &Ref, path: &Ref, bound: &VarSet) -> bool {
    conditions(reference, path, bound).is_some_and(|positions| positions.is_empty())
}

/// The operands of a reference that have to be equal to those of a rule's path for it to refer to the rule; none if
/// it can't.
///
/// A variable that has no value yet takes on all values, so it is no condition.
pub(super) fn conditions(reference: &Ref, path: &Ref, bound: &VarSet) -> Option<Vec<usize>> {
    let mut positions = Vec::new();
    for (index, (operand, step)) in reference.operands.iter().zip(&path.operands).enumerate() {
        if !is_constant(step) || enumerates(operand, reference, bound) {
            continue;
        }
        if !is_constant(operand) {
            positions.push(index);
        } else if !same(operand, step) {
            return None;
        }
    }
    Some(positions)
}

fn enumerates(operand: &Term, reference: &Ref, bound: &VarSet) -> bool {
    let Some(var) = operand.as_var() else { return false };
    let terms = std::iter::once(&reference.head).chain(&reference.operands);
    let count = terms.filter_map(Term::as_var).filter(|other| other.name == var.name).count();
    count == 1 && !bound.contains(&var.name)
}
