//! The modules of a policy by their ids, and what they are compiled into.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use portcullis::diagnostic::Diagnostic;
use portcullis::eval::{NativeEngine, NativePolicy};
use portcullis::frontend;
use portcullis::policy::{CompileUnit, Modules as Unread, RegoVersion};
use portcullis::source::{Source, Sources};
use portcullis::syntax::tree::Module as Tree;
use portcullis::syntax::{self, ParseOptions};
use portcullis::value::Value;

use crate::policy_set::PolicySet;

/// Modules by their ids.
pub(super) type Modules = BTreeMap<Arc<str>, Module>;

/// A module as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Module {
    /// What messages call it: its id, but the path in the archive if a bundle brought it along.
    pub(super) name: Arc<str>,
    pub(super) text: Arc<str>,
    pub(super) version: RegoVersion,
}

/// What is wrong with modules, and the sources that the places are in.
#[derive(Debug)]
pub(super) struct Findings {
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) sources: Sources,
}

/// The modules of files.
pub(super) fn of_files(files: &PolicySet) -> Modules {
    let versions = files.parsed().versions();
    let one = |(id, source): (portcullis::source::SourceId, &Source)| {
        let version = versions.get(id.index()).copied().unwrap_or_default();
        let name = Arc::clone(source.name());
        (Arc::clone(&name), Module { name, text: Arc::clone(source.text()), version })
    };
    files.modules.iter().map(one).collect()
}

/// Compiles modules over data.
///
/// # Errors
/// What OPA's compiler refuses.
pub(super) fn compile(
    modules: &Modules,
    data: &Value,
    engine: &NativeEngine,
) -> Result<NativePolicy, Findings> {
    let mut sources = Sources::new();
    let mut versions = Vec::with_capacity(modules.len());
    for module in modules.values() {
        sources.add(Source::new(Arc::clone(&module.name), Arc::clone(&module.text)));
        versions.push(module.version);
    }
    let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let unread = Unread { sources: &sources, versions: &versions };
    let compiled = frontend::parse(&unread, threads, None).and_then(|parsed| {
        engine.compile_native(&CompileUnit { modules: &parsed, data, renames: &[], cases: &[] })
    });
    compiled.map_err(|diagnostics| Findings { diagnostics, sources })
}

/// Reads one module.
///
/// # Errors
/// What is no Rego; nothing but comments is not an error here, and has no package.
pub(super) fn tree(module: &Module) -> Result<Tree, Findings> {
    let mut sources = Sources::new();
    let source = sources.add(Source::new(Arc::clone(&module.name), Arc::clone(&module.text)));
    let parsed = syntax::parse(source, &module.text, &ParseOptions::new(module.version));
    if parsed.diagnostics.is_empty() {
        Ok(parsed.module)
    } else {
        let mut diagnostics = parsed.diagnostics;
        diagnostics.truncate(parsed.reported_by_opa);
        Err(Findings { diagnostics, sources })
    }
}

/// The path of a module's package below `data`.
pub(super) fn package(tree: &Tree) -> Vec<String> {
    let package = tree.package.as_ref();
    package.into_iter().flat_map(|package| &package.path).map(|step| step.name.to_string()).collect()
}
