//! Leaves only scalars and variables in the paths of rules. OPA's stage `RewriteRuleHeadRefs`.

use super::state::State;
use super::walk;
use crate::syntax::tree::{Body, Literal, LiteralKind, TermKind};

/// `p[input.x] := 1` becomes `p[__local0__] := 1 if __local0__ = input.x`.
pub(super) fn run(state: &mut State<'_>) {
    let firsts: Vec<_> = state
        .order
        .iter()
        .filter_map(|index| state.modules.get(*index))
        .flat_map(|module| module.rules.iter().copied())
        .collect();
    for id in firsts {
        let Some(rule) = state.rules.get_mut(id.index()) else { continue };
        let mut last = None;
        for operand in &mut rule.head.reference.operands {
            last = None;
            if matches!(operand.kind, TermKind::Var(_)) || walk::is_scalar(operand) {
                continue;
            }
            let definition = state.locals.extract(operand);
            append(&mut rule.body, [definition]);
            last = Some(operand.clone());
        }
        if rule.head.value.is_some()
            && let (Some(key), Some(replaced)) = (&mut rule.head.key, last)
        {
            *key = replaced;
        }
    }
}

/// Adds literals to a body. A body that is only `true` gives way to them.
pub(super) fn append(body: &mut Body, more: impl IntoIterator<Item = Literal>) {
    let mut more = more.into_iter().peekable();
    if more.peek().is_none() {
        return;
    }
    if is_empty(body) {
        body.literals.clear();
    }
    body.literals.extend(more);
}

/// Whether a body is only `true`.
pub(super) fn is_empty(body: &Body) -> bool {
    match body.literals.as_slice() {
        [Literal { kind: LiteralKind::Term(term), .. }] => matches!(term.kind, TermKind::Boolean(true)),
        _ => false,
    }
}
