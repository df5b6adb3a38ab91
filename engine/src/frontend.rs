//! The front end of every engine: reads modules, lists their rules, and refuses what OPA's compiler refuses.
//!
//! An engine that evaluates need not find out itself what is no policy; it gets only what passes here.

mod annotations;
mod parsed;
mod rules;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

pub use annotations::{Annotated, Inventory, inventory};
pub use parsed::{ParsedModules, parse};

use crate::compile::types::{self, Assumptions, Capabilities};
use crate::compile::{
    self, Again, CompileOptions, Compiled, DataExists, Dependencies, QueryContext, Required, TypeCheck,
    UndefinedCalls,
};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::BaseData;
use crate::parallel;
use crate::policy::{CompileUnit, RegoVersion, Rename};
use crate::source::{Source, SourceId, Sources, Span};
use crate::syntax::tree::{Module, Name, TermKind, Var};
use crate::syntax::{self, ParseOptions};
use crate::value::Value;

/// How strictly to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strictness {
    /// Whether unused variables and imports and shadowing are errors too, as with `opa check --strict`.
    pub strict: bool,
    /// After how many errors to give up; never if `None`.
    pub max_errors: Option<usize>,
}

impl Default for Strictness {
    /// As OPA checks by default: not strict, ten errors.
    fn default() -> Self {
        Self { strict: false, max_errors: Some(10) }
    }
}

/// Whether OPA's compiler takes the modules, over the data and with the new names.
///
/// # Errors
/// What is wrong with them, in OPA's words and order. The lines of a message after its first explain it.
pub fn check(unit: &CompileUnit<'_>, strictness: Strictness) -> Result<(), Vec<Diagnostic>> {
    compile(unit, strictness).map(drop)
}

/// The modules in the form in which they can be lowered to a program.
///
/// # Errors
/// As for [`check`].
pub fn compile(unit: &CompileUnit<'_>, strictness: Strictness) -> Result<Compiled, Vec<Diagnostic>> {
    let assumptions = Assumptions { capabilities: &Capabilities::current(), schemas: None };
    compile_under(unit, strictness, assumptions)
}

/// As [`check`], with these capabilities and schemas taken for given.
///
/// # Errors
/// As [`check`], and what is wrong with the schema of the input.
pub fn check_under(
    unit: &CompileUnit<'_>,
    strictness: Strictness,
    assumptions: Assumptions<'_>,
) -> Result<(), Vec<Diagnostic>> {
    compile_under(unit, strictness, assumptions).map(drop)
}

/// As [`compile`](compile()), with these capabilities and schemas taken for given.
///
/// # Errors
/// As for [`check_under`].
pub fn compile_under(
    unit: &CompileUnit<'_>,
    strictness: Strictness,
    assumptions: Assumptions<'_>,
) -> Result<Compiled, Vec<Diagnostic>> {
    assumptions.check_input().map_err(|diagnostic| vec![diagnostic])?;
    let mut trees = copies(unit.modules);
    rename(&mut trees, unit.renames);
    let modules = unit.modules;
    let mut cases = unit.cases.to_vec();
    cases.sort_unstable();
    let settings = Settings {
        data_exists: &|path| is_taken(unit.data, path),
        cases: &cases,
        strictness,
        threads: modules.threads(),
        assumptions,
    };
    compile_trees(trees, modules.sources(), settings)
}

/// As [`check_under`], over data that was not read to be evaluated.
///
/// # Errors
/// As [`check_under`].
pub fn check_over<D: BaseData>(
    modules: &ParsedModules,
    data: &D,
    strictness: Strictness,
    assumptions: Assumptions<'_>,
) -> Result<(), Vec<Diagnostic>> {
    assumptions.check_input().map_err(|diagnostic| vec![diagnostic])?;
    let settings = Settings {
        data_exists: &|path| data.is_taken(path),
        cases: &[],
        strictness,
        threads: modules.threads(),
        assumptions,
    };
    compile_trees(copies(modules), modules.sources(), settings).map(drop)
}

fn copies(modules: &ParsedModules) -> Vec<Module> {
    parallel::map(modules.threads(), modules.trees().iter().collect(), Module::clone)
}

/// Whether OPA's compiler takes a query about modules that it takes.
///
/// # Errors
/// What is wrong with the query, or else with the modules, and the sources that the places are in: the query is the last
/// of them and has no name.
pub fn check_query(
    unit: &CompileUnit<'_>,
    query: &str,
    assumptions: Assumptions<'_>,
) -> Result<(), (Vec<Diagnostic>, Sources)> {
    let mut sources = unit.modules.sources().clone();
    let id = sources.add(Source::new("", query));
    query_errors(unit, (id, query), &sources, assumptions).map_err(|diagnostics| (diagnostics, sources))
}

/// The documents that a query depends on, as it is written, over modules that OPA's compiler takes.
///
/// # Errors
/// What is wrong with the query, or else with the modules, and the sources that the places are in: the query is the last
/// of them and has no name.
pub fn dependencies(
    unit: &CompileUnit<'_>,
    query: &str,
    assumptions: Assumptions<'_>,
) -> Result<Dependencies, (Vec<Diagnostic>, Sources)> {
    let mut sources = unit.modules.sources().clone();
    let id = sources.add(Source::new("", query));
    let found = syntax::parse_query(id, query, &ParseOptions::default()).and_then(|body| {
        let options = CompileOptions {
            builtins: assumptions.capabilities,
            keep_print: false,
            check_types: Some(&|view: &TypeCheck<'_>| types::check(view, assumptions)),
            ..CompileOptions::default()
        };
        let compiled = compile::compile(copies(unit.modules), &sources, &options);
        if compiled.is_ok() { Ok(compile::dependencies(&compiled, &body)) } else { Err(compiled.diagnostics) }
    });
    found.map_err(|diagnostics| (diagnostics, sources))
}

/// What modules require of the OPA that runs them, as `opa inspect` finds it: without other bundles, whose functions may be
/// called, and without data and annotations.
///
/// # Errors
/// What OPA's compiler refuses even so.
pub fn required(modules: &ParsedModules) -> Result<Required, Vec<Diagnostic>> {
    let capabilities = Capabilities::current();
    let none = BTreeMap::new();
    let options = CompileOptions {
        builtins: &capabilities,
        features: capabilities.compiler_features(),
        keep_print: false,
        check_types: Some(&|view: &TypeCheck<'_>| {
            types::check(&TypeCheck { schemas: &none, ..*view }, &capabilities)
        }),
        undefined_calls: UndefinedCalls::Allow,
        threads: modules.threads(),
        ..CompileOptions::default()
    };
    let compiled = compile::compile(copies(modules), modules.sources(), &options);
    if compiled.is_ok() { Ok(compile::required(&compiled, &capabilities)) } else { Err(compiled.diagnostics) }
}

fn query_errors(
    unit: &CompileUnit<'_>,
    (id, query): (SourceId, &str),
    sources: &Sources,
    assumptions: Assumptions<'_>,
) -> Result<(), Vec<Diagnostic>> {
    let syntax = assumptions.capabilities.parse_options(RegoVersion::V1);
    let syntax = syntax.map_err(|message| vec![Diagnostic::error(Code::Parse, message, None)])?;
    let body = syntax::parse_query(id, query, &syntax)?;
    let options = CompileOptions {
        builtins: assumptions.capabilities,
        features: assumptions.capabilities.compiler_features(),
        ..CompileOptions::default()
    };
    let compiled = compile::compile(copies(unit.modules), sources, &options);
    if !compiled.is_ok() {
        return Err(compiled.diagnostics);
    }
    let context = QueryContext { capture_values: true, ..QueryContext::default() };
    let query = compile::compile_query(&compiled, body, &context, sources, &options)?;
    let errors = types::query_errors(&compiled, &query, sources, assumptions);
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// One module compiled again with the tree `now`, as [`compile`](compile()) compiles all of them. `sources` have its text, and nothing in it
/// may be renamed or name a case.
pub(crate) fn revise(
    compiled: &Compiled,
    (before, now): (&Module, Module),
    sources: &Sources,
    data: &Value,
    capabilities: &Capabilities,
) -> Again {
    let assumptions = Assumptions { capabilities, schemas: None };
    let options = CompileOptions {
        builtins: capabilities,
        features: capabilities.compiler_features(),
        max_errors: Strictness::default().max_errors,
        data_exists: Some(&|path| is_taken(data, path)),
        check_types: Some(&|view: &TypeCheck<'_>| types::check(view, assumptions)),
        ..CompileOptions::default()
    };
    compiled.revise(before, now, sources, &options)
}

/// What trees are compiled with.
#[derive(Clone, Copy)]
struct Settings<'a> {
    data_exists: &'a DataExists<'a>,
    /// Sorted.
    cases: &'a [Span],
    strictness: Strictness,
    threads: NonZeroUsize,
    assumptions: Assumptions<'a>,
}

fn compile_trees(
    trees: Vec<Module>,
    sources: &Sources,
    settings: Settings<'_>,
) -> Result<Compiled, Vec<Diagnostic>> {
    let Settings { data_exists, cases, strictness, threads, assumptions } = settings;
    let options = CompileOptions {
        builtins: assumptions.capabilities,
        features: assumptions.capabilities.compiler_features(),
        strict: strictness.strict,
        max_errors: strictness.max_errors,
        data_exists: Some(data_exists),
        cases,
        check_types: Some(&|view: &TypeCheck<'_>| types::check(view, assumptions)),
        threads,
        ..CompileOptions::default()
    };
    let compiled = compile::compile(trees, sources, &options);
    if compiled.is_ok() { Ok(compiled) } else { Err(compiled.diagnostics) }
}

/// Gives rules their new names, as OPA does with the tests of one name before it compiles them.
fn rename(modules: &mut [Module], renames: &[Rename]) {
    let names: BTreeMap<Span, &Arc<str>> = renames.iter().map(|rename| (rename.span, &rename.name)).collect();
    if names.is_empty() {
        return;
    }
    for reference in
        modules.iter_mut().flat_map(|module| &mut module.rules).map(|rule| &mut rule.head.reference)
    {
        for term in std::iter::once(&mut reference.head).chain(&mut reference.operands) {
            let Some(name) = names.get(&term.span) else { continue };
            if let TermKind::Var(Var { name: old, .. }) | TermKind::String(old) = &mut term.kind {
                *old = Name::from(&***name);
            }
        }
    }
}

/// Whether `data` has a value at `path`, or something that is no object on the way to it.
fn is_taken(data: &Value, path: &[&str]) -> bool {
    data.as_object().is_some_and(|data| data.is_taken(path))
}
