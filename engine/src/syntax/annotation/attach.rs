//! What METADATA blocks stand above, and which rules they apply to.

use std::collections::BTreeMap;

use super::Block;
use crate::source::{LineIndex, Span};
use crate::syntax::display;
use crate::syntax::parser::{Fault, Finder};
use crate::syntax::tree::{Annotations, Module, Ref, Rule, Scope, Target};

/// Gives the module its annotations; reports those that stand above something they can't apply to.
pub(in crate::syntax) fn attach(module: &mut Module, blocks: Vec<Block>, index: &LineIndex) -> Vec<Fault> {
    let mut faults = Vec::new();
    let statements = statements_by_row(module, index);
    for block in blocks {
        let Block { mut annotations, scope: written } = block;
        let row = index.position(annotations.span.start).row;
        let below = statements.partition_point(|(at, _)| *at <= row);
        annotations.target = statements.get(below).map(|(_, target)| *target);
        let scope = match (written.as_str(), annotations.target) {
            ("", Some(Target::Rule(_))) if annotations.entrypoint => "document",
            ("", Some(Target::Rule(_))) => "rule",
            ("", Some(Target::Package)) => "package",
            ("", Some(Target::Import(_))) => "import",
            _ => written.as_str(),
        };
        check_scope(&annotations, scope, &mut faults);
        if let Some(scope) = Scope::named(scope) {
            annotations.scope = scope;
        }
        module.annotations.push(annotations);
    }
    if faults.is_empty() {
        apply_to_rules(module, index);
    }
    faults
}

/// The statements in the order of their rows.
fn statements_by_row(module: &Module, index: &LineIndex) -> Vec<(usize, Target)> {
    let row = |span: Span| index.position(span.start).row;
    let package = module.package.iter().map(|package| (row(package.span), Target::Package));
    let imports =
        module.imports.iter().enumerate().map(|(at, import)| (row(import.span), Target::Import(at)));
    let rules = module.rules.iter().enumerate().map(|(at, rule)| (row(rule.span), Target::Rule(at)));
    let mut statements: Vec<_> = package.chain(imports).chain(rules).collect();
    statements.sort_by_key(|(row, _)| *row);
    statements
}

fn check_scope(annotations: &Annotations, scope: &str, faults: &mut Vec<Fault>) {
    let mut report =
        |message: String| faults.push(Fault { span: mark(annotations.span), message, finder: Finder::Check });
    let wanted = match (Scope::named(scope), annotations.target) {
        (None, _) => {
            report(format!(
                "invalid annotation scope '{scope}'. Use one of 'rule', 'document', 'package', or 'subpackages'"
            ));
            None
        }
        (Some(Scope::Rule | Scope::Document), Some(Target::Rule(_)))
        | (Some(Scope::Package | Scope::Subpackages), Some(Target::Package)) => None,
        (Some(Scope::Rule | Scope::Document), _) => Some("rule"),
        (Some(Scope::Package | Scope::Subpackages), _) => Some("package"),
    };
    if let Some(wanted) = wanted {
        let have = match annotations.target {
            Some(Target::Package) => " (have package)",
            Some(Target::Import(_)) => " (have import)",
            Some(Target::Rule(_)) => " (have rule)",
            None => "",
        };
        report(format!("annotation scope '{scope}' must be applied to {wanted}{have}"));
    }
    if annotations.entrypoint && !matches!(scope, "document" | "package") {
        report(format!("annotation entrypoint applied to non-document or package scope '{scope}'"));
    }
}

/// The place of the mark that a block starts with.
fn mark(span: Span) -> Span {
    Span { end: span.end.min(span.start + 10), ..span }
}

/// The annotations of one document, by their place in the module.
#[derive(Default)]
struct Group {
    document: Vec<usize>,
    /// Those with scope `rule`: their rows, in order.
    rules: Vec<(usize, usize)>,
    /// How many of them stand above the current rule.
    above: usize,
    /// Those of them that no rule has claimed.
    pending: Vec<usize>,
}

/// Each rule gets the annotations of its document, and of the rule annotations above it those that no earlier rule
/// has claimed; it claims the last of them.
fn apply_to_rules(module: &mut Module, index: &LineIndex) {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for (at, annotations) in module.annotations.iter().enumerate() {
        let Some(Target::Rule(target)) = annotations.target else {
            continue;
        };
        let Some(rule) = module.rules.get(target) else {
            continue;
        };
        let group = groups.entry(document(rule)).or_default();
        if annotations.scope == Scope::Document {
            group.document.push(at);
        } else {
            group.rules.push((index.position(annotations.span.start).row, at));
        }
    }
    if groups.is_empty() {
        return;
    }
    for rule in &mut module.rules {
        let Some(group) = groups.get_mut(&document(rule)) else {
            continue;
        };
        let row = index.position(rule.span.start).row;
        while let Some((_, at)) = group.rules.get(group.above).filter(|(above, _)| *above < row) {
            group.pending.push(*at);
            group.above += 1;
        }
        rule.annotations = group.document.iter().chain(&group.pending).copied().collect();
        rule.annotations.sort_unstable();
        group.pending.pop();
    }
}

/// The path of the document that a rule is part of, as far as it is fixed.
fn document(rule: &Rule) -> String {
    let reference = &rule.head.reference;
    let fixed = reference.operands.iter().take_while(|term| term.is_ground()).cloned().collect();
    display::reference(&Ref { span: reference.span, head: reference.head.clone(), operands: fixed })
}
