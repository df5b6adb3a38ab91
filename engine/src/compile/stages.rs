//! The stages in OPA's order. Errors of one stage keep the next from running, unless they leave the rules sound.

use super::state::State;
use super::{
    annotations, conflicts, declare, deprecated, dynamics, equals, expand, extract, graph, head_refs,
    imports, metadata, print, recursion, resolve, safety, templates, tree, undefined, with,
};

/// One step of a compilation.
pub(super) type Stage = fn(&mut State<'_>);

/// Runs the stages until one of them finds errors that can't be passed over.
pub(super) fn run(state: &mut State<'_>) {
    for (_, stage) in STAGES {
        stage(state);
        if state.report.is_stopped() {
            return;
        }
    }
}

/// The stages, called as OPA calls them.
///
/// OPA's stages that only prepare its own representation have no counterpart: `InitLocalVarGen`, `RemoveImports`,
/// `ParseMetadataBlocks`, the building of indices, and the required capabilities.
const STAGES: &[(&str, Stage)] = &[
    ("ResolveRefs", resolve::run),
    ("CheckUnusedImports", imports::report_unused),
    ("RewriteRuleHeadRefs", head_refs::run),
    ("CheckKeywordOverrides", imports::check_overrides),
    ("CheckDuplicateImports", imports::check_duplicates),
    ("SetRuleTree", tree::run),
    ("RewriteLocalVars", declare::run),
    ("RewriteTemplateStrings", templates::run),
    ("CheckVoidCalls", print::check_void_calls),
    ("RewritePrintCalls", print::run),
    ("RewriteExprTerms", expand::run),
    ("SetAnnotationSet", annotations::run),
    ("RewriteRegoMetadataCalls", metadata::run),
    ("SetGraph", graph::run),
    ("RewriteComprehensionTerms", extract::comprehension_heads),
    ("RewriteRefsInHead", extract::rule_heads),
    ("RewriteWithValues", with::run),
    ("CheckRuleConflicts", conflicts::run),
    ("CheckUndefinedFuncs", undefined::run),
    ("CheckSafetyRuleHeads", safety::check_heads),
    ("CheckSafetyRuleBodies", safety::check_bodies),
    ("RewriteEquals", equals::run),
    ("RewriteDynamicTerms", dynamics::run),
    ("CheckRecursion", recursion::run),
    ("CheckTypes", check_types),
    ("CheckDeprecatedBuiltins", deprecated::run),
];

/// Hands the rules to the type checker that the options name; its errors don't keep later stages from running.
fn check_types(state: &mut State<'_>) {
    let Some(check) = state.options.check_types else { return };
    let schemas = state.annotations.schemas(state);
    let view = super::TypeCheck {
        sources: state.sources,
        modules: &state.modules,
        rules: &state.rules,
        tree: &state.tree,
        graph: &state.graph,
        written: &state.rewritten,
        schemas: &schemas,
    };
    for error in check(&view) {
        state.report.recoverable(error);
    }
}
