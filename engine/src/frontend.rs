//! The front end of every engine: reads modules, lists their rules, and refuses what OPA's compiler refuses.
//!
//! An engine that evaluates need not find out itself what is no policy; it gets only what passes here.

mod rules;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::compile::types::{self, Capabilities};
use crate::compile::{self, CompileOptions, Compiled, TypeCheck};
use crate::diagnostic::Diagnostic;
use crate::policy::{CompileUnit, Modules, Rename, RuleInfo};
use crate::source::Span;
use crate::syntax::tree::{Module, Name, TermKind, Var};
use crate::syntax::{self, ParseOptions};
use crate::value::Value;

/// Reads the modules and lists their rules in the order they are written, module by module.
///
/// # Errors
/// Everything that is wrong with the texts, in OPA's words.
pub fn rules(modules: &Modules<'_>) -> Result<Vec<RuleInfo>, Vec<Diagnostic>> {
    Ok(parse(modules)?.iter().flat_map(rules::of_module).collect())
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
    let mut modules = parse(&unit.modules)?;
    rename(&mut modules, unit.renames);
    let capabilities = Capabilities::current();
    let options = CompileOptions {
        strict: strictness.strict,
        max_errors: strictness.max_errors,
        data_exists: Some(&|path| is_taken(unit.data, path)),
        check_types: Some(&|view: &TypeCheck<'_>| types::check(view, &capabilities)),
        ..CompileOptions::default()
    };
    let compiled = compile::compile(modules, unit.modules.sources, &options);
    if compiled.is_ok() { Ok(compiled) } else { Err(compiled.diagnostics) }
}

pub(crate) fn parse(modules: &Modules<'_>) -> Result<Vec<Module>, Vec<Diagnostic>> {
    let Modules { sources, versions } = modules;
    let mut diagnostics = Vec::new();
    let mut trees = Vec::with_capacity(sources.len());
    for (id, source) in sources.iter() {
        let version = versions.get(id.index()).copied().unwrap_or_default();
        let parsed = syntax::parse(id, source.text(), &ParseOptions::new(version));
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
