//! Operators on two small integers, which need none of what other calls need.

use super::machine::Machine;
use super::observer::Observer;
use crate::program::{Call, Operator};
use crate::value::Value;

impl<'a, O: Observer> Machine<'a, O> {
    /// What an operator makes of two small integers that can be seen; nothing for all other calls.
    #[inline]
    pub(super) fn operate_quickly(&self, call: &'a Call) -> Option<Value> {
        let operator = call.operator?;
        let [left, right] = call.args.as_slice() else { return None };
        let sight = self.sight();
        let left = sight.term(left).value()?.as_number()?.as_word()?;
        let right = sight.term(right).value()?.as_number()?.as_word()?;
        Some(match operator {
            Operator::Plus => Value::from(left.checked_add(right)?),
            Operator::Minus => Value::from(left.checked_sub(right)?),
            Operator::Times => Value::from(left.checked_mul(right)?),
            Operator::Less => Value::Bool(left < right),
            Operator::LessOrEqual => Value::Bool(left <= right),
            Operator::Greater => Value::Bool(left > right),
            Operator::GreaterOrEqual => Value::Bool(left >= right),
            Operator::Equal => Value::Bool(left == right),
            Operator::Differs => Value::Bool(left != right),
        })
    }
}
