//! Lists the rules of modules that regorus has read.

use std::sync::Arc;

use regorus::unstable::{Expr, Module, Ref, Rule, RuleHead};

use crate::policy::{PathElement, RuleInfo, RuleKind};
use crate::source::{SourceId, Sources, Span};

/// All rules, module by module in the order of the sources.
pub(super) fn list(sources: &Sources, modules: &[Ref<Module>]) -> Vec<RuleInfo> {
    let of_module = |(id, module): (SourceId, &Ref<Module>)| {
        let package: Vec<Arc<str>> =
            ground_path(id, &module.package.refr).0.into_iter().map(|part| part.name).collect();
        module.policy.iter().map(move |rule| rule_info(id, package.clone(), rule)).collect::<Vec<_>>()
    };
    sources.iter().map(|(id, _)| id).zip(modules).flat_map(of_module).collect()
}

/// The leading elements of a ref that are known, and whether these are all of them.
pub(super) fn ground_path(source: SourceId, refr: &Expr) -> (Vec<PathElement>, bool) {
    let mut links = Vec::new();
    let mut at = refr;
    while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = at {
        links.push(at);
        at = refr;
    }
    let Expr::Var { span, .. } = at else { return (Vec::new(), false) };
    let mut path = vec![element(source, span.text(), span)];
    for link in links.into_iter().rev() {
        let Some(known) = last_element(source, link) else { return (path, false) };
        path.push(known);
    }
    (path, true)
}

/// What a ref ends with, when that is written down and not computed.
fn last_element(source: SourceId, refr: &Expr) -> Option<PathElement> {
    if let Expr::RefDot { field: (span, _), .. } = refr {
        return Some(element(source, span.text(), span));
    }
    let Expr::RefBrack { index, .. } = refr else { return None };
    let (Expr::String { span, value, .. } | Expr::RawString { span, value, .. }) = index.as_ref() else {
        return None;
    };
    let name = value.as_string().map_or_else(|_| span.text().to_owned(), ToString::to_string);
    Some(element(source, &name, span))
}

fn rule_info(source: SourceId, package: Vec<Arc<str>>, rule: &Rule) -> RuleInfo {
    let (refr, kind) = match rule {
        Rule::Default { refr, .. } => (refr, RuleKind::Default),
        Rule::Spec { head: RuleHead::Compr { refr, .. }, .. } => (refr, RuleKind::Complete),
        Rule::Spec { head: RuleHead::Set { refr, .. }, .. } => (refr, RuleKind::PartialSet),
        Rule::Spec { head: RuleHead::Func { refr, .. }, .. } => (refr, RuleKind::Function),
    };
    let (path, ground) = ground_path(source, refr);
    let kind = if kind == RuleKind::Complete && !ground { RuleKind::PartialObject } else { kind };
    RuleInfo { package, path, kind, span: span(source, rule.span()) }
}

fn element(source: SourceId, name: &str, at: &regorus::unstable::Span) -> PathElement {
    PathElement { name: Arc::from(name), span: span(source, at) }
}

fn span(source: SourceId, span: &regorus::unstable::Span) -> Span {
    Span::new(source, span.start, span.end)
}
