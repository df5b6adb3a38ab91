//! Rule `unused-rule`: a rule that nothing asks for.

use std::collections::BTreeSet;

use crate::check::rule::{Check, Findings, rule};
use crate::check::subject::Subject;
use crate::check::support::with_branches;
use crate::compile::{Compiled, Module, Rule, RuleId};
use crate::syntax::display;
use crate::syntax::tree::Scope;

rule! {
    /// ## What it does
    ///
    /// Finds rules and functions that no other rule refers to and that are not there to be asked from outside. These are
    /// those whose name starts with `_`; functions in a package that makes a decision; and all rules without `entrypoint:
    /// true` in a package that has rules with it.
    ///
    /// ## Why is this bad?
    ///
    /// A check that is written and never called looks like protection and is none.
    ///
    /// ## Example
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := false
    ///
    /// allow if input.user == "alice"
    ///
    /// is_suspended(user) if data.suspended[user] == true
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```rego
    /// package authz
    ///
    /// default allow := false
    ///
    /// allow if {
    ///     input.user == "alice"
    ///     data.suspended[input.user] == false
    /// }
    /// ```
    ///
    /// ## Limits
    ///
    /// Rules are used if any rule of the checked modules refers to them, tests included, also by a variable (`data.authz[name]`) or
    /// as the target or value of a `with`. Packages that only define functions are taken for libraries. A rule that only a rule
    /// uses that is unused itself counts as used.
    UNUSED_RULE {
        id: "unused-rule",
        category: Unused,
        level: Warn,
        since: "0.1.0",
        check: Check::Policy(check),
    }
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let compiled = subject.compiled;
    let used = used(compiled);
    let mut reported = BTreeSet::new();
    for module in &compiled.modules {
        let package: Vec<&Module> =
            compiled.modules.iter().filter(|other| other.path().eq(module.path())).collect();
        let decides = rules(compiled, &package).any(|(_, rule)| subject.is_decision(rule));
        let has_entrypoints =
            package.iter().any(|module| module.annotations.iter().any(|block| block.entrypoint));
        let entered = entered(compiled, &package);
        for (id, rule) in rules(compiled, &[module]) {
            let Some(name) = rule.head.reference.head.as_var().map(|var| &var.name) else { continue };
            let path = display::reference(&rule.head.reference);
            if used.contains(&id) || subject.is_test(rule) || subject.is_decision(rule) {
                continue;
            }
            let is_function = !rule.head.args.is_empty();
            let is_private = name.starts_with('_') || decides && is_function || has_entrypoints;
            if is_private
                && !entered.contains(&path)
                && reported.insert((module.path().collect::<Vec<_>>(), path.clone()))
            {
                let what = if is_function { "function" } else { "rule" };
                findings.add(rule.head.span, format!("the {what} `{path}` is not used"), HELP);
            }
        }
    }
}

/// The rules that another rule refers to.
fn used(compiled: &Compiled) -> BTreeSet<RuleId> {
    let all = compiled.modules.iter().flat_map(|module| with_branches(compiled, &module.rules));
    all.flat_map(|id| compiled.graph.dependencies(id).iter().copied().filter(move |used| *used != id))
        .collect()
}

fn rules<'a>(compiled: &'a Compiled, modules: &[&'a Module]) -> impl Iterator<Item = (RuleId, &'a Rule)> {
    let ids: Vec<RuleId> = modules.iter().flat_map(|module| module.rules.iter().copied()).collect();
    ids.into_iter().filter_map(|id| Some((id, compiled.rule(id)?)))
}

/// The paths within their package of the rules that are there to be asked: all, if the package is an entrypoint itself.
fn entered(compiled: &Compiled, package: &[&Module]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for module in package {
        let marks = |index: &usize| module.annotations.get(*index).is_some_and(|block| block.entrypoint);
        let whole = module
            .annotations
            .iter()
            .any(|block| block.entrypoint && matches!(block.scope, Scope::Package | Scope::Subpackages));
        for (_, rule) in rules(compiled, &[module]) {
            if whole || rule.annotations.iter().any(marks) {
                found.insert(display::reference(&rule.head.reference));
            }
        }
    }
    found
}

const HELP: &str = "call it where it was meant to be called, or remove it";
