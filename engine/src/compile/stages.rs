//! The stages in OPA's order. Errors of one stage keep the next from running, unless they leave the rules sound.

use std::sync::Arc;

use super::state::State;
use super::{Checked, TypeChecker};
use super::{
    annotations, assemble, cases, conflicts, declare, deprecated, dynamics, equals, expand, extract, graph,
    head_refs, imports, metadata, print, recursion, resolve, safety, shard, templates, tree, undefined, with,
};

/// One step of a compilation.
pub(super) type Stage = fn(&mut State<'_>);

/// Runs the stages until one of them finds errors that can't be passed over.
pub(super) fn run(state: &mut State<'_>, types: Option<&TypeChecker<'_>>) {
    let mut number = 0;
    for step in STEPS {
        match step {
            Step::Whole((_, run)) => {
                state.module_locals.iter_mut().for_each(|locals| locals.enter(number));
                run(state);
                number += 1;
            }
            Step::Apart(stages) => {
                shard::run(state, stages, number);
                number += stages.len();
            }
            Step::CheckTypes => check_types(state, types),
        }
        if state.report.is_stopped() {
            return;
        }
    }
}

/// Runs the stages that look at one module at a time on one whose others were compiled before. What it tells others is in its own index
/// then, and of its types nothing is known.
pub(super) fn run_alone(state: &mut State<'_>) {
    let mut number = 0;
    for step in STEPS {
        match step {
            Step::Whole(_) => number += 1,
            Step::Apart(stages) => {
                shard::run_one(state, stages, number);
                shard::note_names(state);
                number += stages.len();
            }
            Step::CheckTypes => {}
        }
        if state.report.is_stopped() {
            return;
        }
    }
}

/// Stages that run one after the other.
enum Step {
    /// A stage that needs all modules.
    Whole((&'static str, Stage)),
    /// Stages that change the rules of one module and look at those of no other, so that all of them can be done for
    /// a module before the next.
    Apart(&'static [(&'static str, Stage)]),
    /// The type checker, which the options name.
    CheckTypes,
}

/// The stages, called as OPA calls them; what only prepares for one of them or cleans up after it is called
/// `Before` or `After` and its name.
///
/// What stages need to know of other modules is found out before, and errors in that are reported when it is the stage's
/// turn, so that modules wait for each other as rarely as possible.
///
/// OPA's stages that only prepare its own representation have no counterpart: `InitLocalVarGen`, `RemoveImports`,
/// `ParseMetadataBlocks`, the building of indices, and the required capabilities, which [`required`](super::required()) finds.
const STEPS: &[Step] = &[
    Step::Whole(("SetRuleTree", tree::run)),
    Step::Apart(&[
        ("BeforeResolveRefs", assemble::take_in),
        ("ResolveRefs", resolve::run),
        ("CheckUnusedImports", imports::report_unused),
        ("RewriteRuleHeadRefs", head_refs::run),
        ("CheckKeywordOverrides", imports::check_overrides),
        ("CheckDuplicateImports", imports::check_duplicates),
        ("RewriteLocalVars", declare::run),
        ("InjectTestCaseFunc", cases::run),
        ("BeforeRewriteTemplateStrings", graph::collect_index),
    ]),
    Step::Whole(("BeforeSetAnnotationSet", annotations::collect)),
    Step::Whole(("BeforeRewriteTemplateStrings", graph::index)),
    Step::Whole(("BeforeCheckRuleConflicts", conflicts::find)),
    Step::Apart(&[
        ("RewriteTemplateStrings", templates::run),
        ("CheckVoidCalls", print::check_void_calls),
        ("RewritePrintCalls", print::run),
        ("RewriteExprTerms", expand::run),
        ("SetAnnotationSet", annotations::report),
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
    ]),
    Step::Whole(("CheckRecursion", recursion::run)),
    Step::CheckTypes,
    Step::Whole(("CheckDeprecatedBuiltins", deprecated::run)),
];

/// Hands the rules to the type checker that the options name; its errors don't keep later stages from running.
fn check_types(state: &mut State<'_>, types: Option<&TypeChecker<'_>>) {
    let Some(check) = types else { return };
    state.modules.flatten();
    state.rules.flatten();
    let schemas = state.annotations.schemas(state);
    let view = super::TypeCheck {
        threads: state.options.threads,
        sources: state.sources,
        modules: state.modules.as_slice(),
        rules: state.rules.as_slice(),
        paths: state.graph_index.paths(),
        tree: &state.tree,
        graph: &state.graph,
        written: &state.rewritten,
        schemas: &schemas,
        undefined_calls: state.options.undefined_calls,
    };
    let Checked { errors, documents } = check(&view);
    for error in errors {
        state.report.recoverable(error);
    }
    state.documents = Some(Arc::new(documents));
}
