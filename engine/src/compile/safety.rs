//! Safety: each variable must get a value before it is read. Bodies are put into an order in which that is so.
//! OPA's stages `CheckSafetyRuleHeads` and `CheckSafetyRuleBodies`.

mod body;
mod head;
mod messages;
mod outputs;
mod reorder;
mod unify;

pub(super) use body::{check_query, run as check_bodies};
pub(super) use head::run as check_heads;
pub(super) use outputs::{of_body as outputs_of_body, unbound_in_operand, unified_by};
