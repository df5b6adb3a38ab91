//! Leaves only scalars and variables in the paths of rules. OPA's stage `RewriteRuleHeadRefs`.

use super::rule::Rule;
use super::state::{State, shown_ref};
use super::{RulePaths, walk};
use crate::diagnostic::{Code, Diagnostic};
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
        if let Some(error) = state.rules.get(id.index()).and_then(|rule| unsupported(state, rule)) {
            state.report.fatal(error);
            continue;
        }
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

/// What is wrong with the path of a rule where not all paths may be used.
///
/// OPA also refuses `p[x] if ...` where only names may be used; no such module is refused here.
fn unsupported(state: &State<'_>, rule: &Rule) -> Option<Diagnostic> {
    let reference = &rule.head.reference;
    let is_path = match reference.operands.len() {
        0 => false,
        1 => !rule.head.args.is_empty() || rule.default || rule.head.is_multi_value(),
        _ => true,
    };
    let last = reference.operands.len().saturating_sub(usize::from(!rule.head.is_multi_value()));
    let (code, paths) = match state.options.features.rule_paths {
        RulePaths::General => return None,
        RulePaths::Names if is_path => (Code::Compile, "refs"),
        RulePaths::Names | RulePaths::StringPrefixes => {
            reference.operands.iter().take(last).find(|operand| operand.as_string().is_none())?;
            (Code::Type, "general refs (containing variables)")
        }
    };
    let path = shown_ref(&state.rewritten, reference);
    Some(Diagnostic::error(code, format!("rule heads with {paths} are not supported: {path}"), rule.span))
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
