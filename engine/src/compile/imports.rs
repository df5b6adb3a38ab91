//! What version 1 and strict mode demand of imports and names. OPA's stages `CheckUnusedImports`,
//! `CheckKeywordOverrides` and `CheckDuplicateImports`.

use std::collections::BTreeMap;

use super::locals;
use super::pieces::Pieces;
use super::rule::{Module, Rule};
use super::state::State;
use super::walk::{self, Flow, Node};
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::display;
use crate::syntax::tree::{Body, Import, Name, Term};

/// Reports the imports that resolving references found no use of; strict mode only.
pub(super) fn report_unused(state: &mut State<'_>) {
    for import in std::mem::take(&mut state.unused_imports) {
        let message = format!("{} unused", shown(&import));
        if !state.report.recoverable(Diagnostic::error(Code::Compile, message, import.span)) {
            return;
        }
    }
}

/// Reports rules and variables called `input` or `data`.
pub(super) fn check_overrides(state: &mut State<'_>) {
    for index in state.order.clone() {
        let Some(module) = state.modules.get(index) else { continue };
        if !state.options.strict && !module.is_v1() {
            continue;
        }
        for error in overrides(module, &state.rules) {
            if !state.report.recoverable(error) {
                return;
            }
        }
    }
}

fn overrides(module: &Module, rules: &Pieces<Rule>) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    for first in module.rules.iter().filter_map(|id| rules.get(id.index())) {
        if let Some(name) = first.head.reference.head.as_var().filter(|var| is_root(&var.name)) {
            let message = format!("rules must not shadow {} (use a different rule name)", name.name);
            errors.push(Diagnostic::error(Code::Compile, message, first.span));
        }
        let mut next = Some(first);
        while let Some(rule) = next {
            next = rule.otherwise.and_then(|id| rules.get(id.index()));
            for term in rule.head.args.iter().chain(&rule.head.key).chain(&rule.head.value) {
                overrides_in_term(term, &mut errors);
            }
            overrides_in_body(&rule.body, &mut errors);
        }
    }
    errors
}

fn overrides_in_term(term: &Term, errors: &mut Vec<Diagnostic>) {
    walk::term(term, &mut |node| {
        check_node(node, errors);
        Flow::Descend
    });
}

/// Reports assignments to `input` or `data` in a body.
pub(super) fn overrides_in_body(body: &Body, errors: &mut Vec<Diagnostic>) {
    walk::body(body, &mut |node| {
        check_node(node, errors);
        Flow::Descend
    });
}

fn check_node(node: Node<'_>, errors: &mut Vec<Diagnostic>) {
    let Node::Literal(literal) = node else { return };
    let call = locals::call_of(literal).filter(|call| locals::calls(call, "assign"));
    let Some(target) = call.and_then(|call| call.args.first()) else { return };
    if let Some(root) = walk::root_document(target) {
        let message = format!("variables must not shadow {} (use a different variable name)", root.name);
        errors.push(Diagnostic::error(Code::Compile, message, literal.span));
    }
}

fn is_root(name: &str) -> bool {
    name == "input" || name == "data"
}

/// Reports imports that hide an import before them.
pub(super) fn check_duplicates(state: &mut State<'_>) {
    for module in state.order.iter().filter_map(|index| state.modules.get(*index)) {
        if !state.options.strict && !module.is_v1() {
            continue;
        }
        let mut seen: BTreeMap<&Name, &Import> = BTreeMap::new();
        for import in &module.imports {
            let Some(name) = import.name() else { continue };
            if let Some(before) = seen.get(name) {
                let message = format!("import must not shadow {}", shown(before));
                if !state.report.recoverable(Diagnostic::error(Code::Compile, message, import.span)) {
                    return;
                }
            } else {
                seen.insert(name, import);
            }
        }
    }
}

/// An import as messages show it.
fn shown(import: &Import) -> String {
    let path = display::reference(&import.path);
    match &import.alias {
        Some(alias) => format!("import {path} as {}", alias.var.name),
        None => format!("import {path}"),
    }
}

/// Reports assignments to `input` or `data` in a query; strict mode only.
pub(super) fn query_overrides(body: &Body) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    overrides_in_body(body, &mut errors);
    errors
}
