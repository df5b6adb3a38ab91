//! Lists what is known of a module's rules before anything is compiled.

use std::sync::Arc;

use crate::policy::{PathElement, RuleInfo, RuleKind};
use crate::syntax::tree::{HeadValue, Module, Name, Rule, Term, TermKind};

/// The rules of a module in the order written.
pub(super) fn of_module(module: &Module) -> Vec<RuleInfo> {
    let segments = module.package.iter().flat_map(|package| &package.path);
    let package: Vec<Arc<str>> = segments.map(|segment| text(&segment.name)).collect();
    module.rules.iter().map(|rule| rule_info(&package, rule)).collect()
}

fn rule_info(package: &[Arc<str>], rule: &Rule) -> RuleInfo {
    let reference = &rule.head.reference;
    let elements = std::iter::once(&reference.head).chain(&reference.operands).enumerate();
    let path: Vec<PathElement> = elements.map_while(|(index, term)| known(index, term)).collect();
    let is_known = path.len() == 1 + reference.operands.len();
    let kind = match &rule.head.value {
        _ if rule.default => RuleKind::Default,
        _ if !rule.head.args.is_empty() => RuleKind::Function,
        HeadValue::Element(_) => RuleKind::PartialSet,
        HeadValue::True | HeadValue::Term(_) if is_known => RuleKind::Complete,
        HeadValue::True | HeadValue::Term(_) => RuleKind::PartialObject,
    };
    RuleInfo { package: package.to_vec(), path, kind, has_body: rule.body.is_some(), span: rule.span }
}

/// The element that a term of the head's ref is: the variable that it starts with, or a string after it.
fn known(index: usize, term: &Term) -> Option<PathElement> {
    let name = match term.as_var() {
        Some(var) if index == 0 => &var.name,
        _ => {
            let TermKind::String(name) = &term.kind else { return None };
            name
        }
    };
    Some(PathElement { name: text(name), span: term.span })
}

fn text(name: &Name) -> Arc<str> {
    Arc::from(name.as_str())
}
