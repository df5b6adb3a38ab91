//! The front end of every engine: reads modules, lists their rules, and refuses what OPA's compiler refuses.
//!
//! An engine that evaluates need not find out itself what is no policy; it gets only what passes here.

mod annotations;
mod rules;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use annotations::{Annotated, Inventory, inventory};

use crate::compile::types::{self, Assumptions, Capabilities};
use crate::compile::{self, CompileOptions, Compiled, Dependencies, QueryContext, TypeCheck};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{CompileUnit, Modules, RegoVersion, Rename, RuleInfo};
use crate::source::{Source, SourceId, Sources, Span};
use crate::syntax::tree::{Module, Name, TermKind, Var};
use crate::syntax::{self, ParseOptions};
use crate::value::Value;

/// Reads the modules and lists their rules in the order they are written, module by module.
///
/// # Errors
/// Everything that is wrong with the texts, in OPA's words.
pub fn rules(modules: &Modules<'_>) -> Result<Vec<RuleInfo>, Vec<Diagnostic>> {
    Ok(parse(modules, None)?.iter().flat_map(rules::of_module).collect())
}

/// As [`rules`], of modules that have to do with these capabilities.
///
/// # Errors
/// As [`rules`].
pub fn rules_within(
    modules: &Modules<'_>,
    capabilities: &Capabilities,
) -> Result<Vec<RuleInfo>, Vec<Diagnostic>> {
    Ok(parse(modules, Some(capabilities))?.iter().flat_map(rules::of_module).collect())
}

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
    let modules = parse(&unit.modules, None)?;
    let assumptions = Assumptions { capabilities: &Capabilities::current(), schemas: None };
    compile_parsed(unit, modules, strictness, assumptions)
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
    let modules = parse(&unit.modules, Some(assumptions.capabilities))?;
    assumptions.check_input().map_err(|diagnostic| vec![diagnostic])?;
    compile_parsed(unit, modules, strictness, assumptions).map(drop)
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
    let mut sources = unit.modules.sources.clone();
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
    let mut sources = unit.modules.sources.clone();
    let id = sources.add(Source::new("", query));
    let found = syntax::parse_query(id, query, &ParseOptions::default()).and_then(|body| {
        let options = CompileOptions {
            builtins: assumptions.capabilities,
            keep_print: false,
            check_types: Some(&|view: &TypeCheck<'_>| types::check(view, assumptions)),
            ..CompileOptions::default()
        };
        let modules = parse(&unit.modules, Some(assumptions.capabilities))?;
        let compiled = compile::compile(modules, &sources, &options);
        if compiled.is_ok() { Ok(compile::dependencies(&compiled, &body)) } else { Err(compiled.diagnostics) }
    });
    found.map_err(|diagnostics| (diagnostics, sources))
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
    let modules = parse(&unit.modules, Some(assumptions.capabilities))?;
    let options = CompileOptions {
        builtins: assumptions.capabilities,
        features: assumptions.capabilities.compiler_features(),
        ..CompileOptions::default()
    };
    let compiled = compile::compile(modules, sources, &options);
    if !compiled.is_ok() {
        return Err(compiled.diagnostics);
    }
    let context = QueryContext { capture_values: true, ..QueryContext::default() };
    let query = compile::compile_query(&compiled, body, &context, sources, &options)?;
    let errors = types::query_errors(&compiled, &query, sources, assumptions);
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn compile_parsed(
    unit: &CompileUnit<'_>,
    mut modules: Vec<Module>,
    strictness: Strictness,
    assumptions: Assumptions<'_>,
) -> Result<Compiled, Vec<Diagnostic>> {
    rename(&mut modules, unit.renames);
    let options = CompileOptions {
        builtins: assumptions.capabilities,
        features: assumptions.capabilities.compiler_features(),
        strict: strictness.strict,
        max_errors: strictness.max_errors,
        data_exists: Some(&|path| is_taken(unit.data, path)),
        check_types: Some(&|view: &TypeCheck<'_>| types::check(view, assumptions)),
        ..CompileOptions::default()
    };
    let compiled = compile::compile(modules, unit.modules.sources, &options);
    if compiled.is_ok() { Ok(compiled) } else { Err(compiled.diagnostics) }
}

/// Without capabilities, a module may use what its version has.
pub(crate) fn parse(
    modules: &Modules<'_>,
    capabilities: Option<&Capabilities>,
) -> Result<Vec<Module>, Vec<Diagnostic>> {
    let Modules { sources, versions } = modules;
    let mut diagnostics = Vec::new();
    let mut trees = Vec::with_capacity(sources.len());
    for (id, source) in sources.iter() {
        let version = versions.get(id.index()).copied().unwrap_or_default();
        let options = capabilities.map_or_else(
            || Ok(ParseOptions::new(version)),
            |capabilities| capabilities.parse_options(version),
        );
        let options = match options {
            Ok(options) => options,
            Err(message) => {
                diagnostics.push(Diagnostic::error(Code::Parse, message, None));
                continue;
            }
        };
        let parsed = syntax::parse(id, source.text(), &options);
        diagnostics.extend(parsed.diagnostics);
        trees.push(parsed.module);
    }
    if diagnostics.is_empty() { Ok(trees) } else { Err(diagnostics) }
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
    let mut at = data;
    for (depth, segment) in path.iter().enumerate() {
        match at.lookup(&[segment]) {
            Some(next) => at = next,
            None => return depth > 0 && at.as_object().is_none(),
        }
    }
    true
}
