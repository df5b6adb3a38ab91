//! The front end of every engine: reads modules, lists their rules, and refuses what OPA's compiler refuses.
//!
//! An engine that evaluates need not find out itself what is no policy; it gets only what passes here.

mod parsed;
mod rules;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::compile::types::{self, Capabilities};
use crate::compile::{self, CompileOptions, Compiled, TypeCheck};
use crate::diagnostic::Diagnostic;
use crate::parallel;
use crate::policy::{CompileUnit, Rename};
use crate::source::{Sources, Span};
use crate::syntax::tree::{Module, Name, TermKind, Var};
use crate::value::Value;

pub use parsed::{ParsedModules, parse};

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
    let threads = unit.modules.threads();
    let mut trees = parallel::map(threads, unit.modules.trees().iter().collect(), Module::clone);
    rename(&mut trees, unit.renames);
    compile_trees(trees, unit.modules.sources(), unit.data, strictness, threads)
}

fn compile_trees(
    trees: Vec<Module>,
    sources: &Sources,
    data: &Value,
    strictness: Strictness,
    threads: NonZeroUsize,
) -> Result<Compiled, Vec<Diagnostic>> {
    let capabilities = Capabilities::current();
    let options = CompileOptions {
        strict: strictness.strict,
        max_errors: strictness.max_errors,
        data_exists: Some(&|path| is_taken(data, path)),
        check_types: Some(&|view: &TypeCheck<'_>| types::check(view, &capabilities)),
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
    let mut at = data;
    for (depth, segment) in path.iter().enumerate() {
        match at.lookup(&[segment]) {
            Some(next) => at = next,
            None => return depth > 0 && at.as_object().is_none(),
        }
    }
    true
}
