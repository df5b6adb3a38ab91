//! The METADATA annotations of modules, by the documents that they are about.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ParsedModules;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{LineIndex, SourceId, Sources, Span};
use crate::syntax::display;
use crate::syntax::tree::{Annotations, Module, Name, Ref, Scope, Target, Term, TermKind};

/// The packages of modules and their annotations.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// The path of the package of each module that has one, in the order of the modules.
    pub packages: Vec<(SourceId, Ref)>,
    /// The annotations by what they are about, then by file and place.
    pub annotations: Vec<Annotated>,
    /// The modules.
    pub modules: Vec<Module>,
}

/// One METADATA block and what it is about.
#[derive(Debug, Clone)]
pub struct Annotated {
    /// What it says.
    pub annotations: Annotations,
    /// Its place among the blocks of its module.
    pub index: usize,
    /// The path of the package or of the rule, up to its first variable.
    pub path: Ref,
    /// The package that it stands in.
    pub package: Ref,
    /// The path below the package of the rule that it stands above.
    pub rule: Option<Ref>,
    /// The package or the rule.
    pub target: Span,
}

/// Lists the packages and annotations of modules.
///
/// # Errors
/// That a document, a package or packages have two blocks of the same scope.
pub fn inventory(modules: &ParsedModules) -> Result<Inventory, Vec<Diagnostic>> {
    let mut found = Inventory::default();
    for module in modules.trees() {
        let Some(package) = package_path(module) else { continue };
        for (index, annotations) in module.annotations.iter().enumerate() {
            found.annotations.extend(annotated(module, &package, index, annotations));
        }
        found.packages.push((module.source, package));
    }
    found.modules = modules.trees().to_vec();
    let sources = modules.sources();
    let file = |span: Span| sources.get(span.source).map(|source| Arc::clone(source.name()));
    found.annotations.sort_by_cached_key(|annotated| {
        let at = annotated.annotations.span;
        (steps(&annotated.path), file(at), at.start)
    });
    let errors = redeclared(&found.annotations, sources);
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

fn annotated(module: &Module, package: &Ref, index: usize, annotations: &Annotations) -> Option<Annotated> {
    let (path, rule, target) = match annotations.target? {
        Target::Import(_) => return None,
        Target::Package => (package.clone(), None, module.package.as_ref()?.span),
        Target::Rule(at) => {
            let rule = module.rules.get(at)?;
            let own = &rule.head.reference;
            let mut path = package.clone();
            path.operands.push(as_string(&own.head));
            path.operands.extend(own.operands.iter().take_while(|term| term.is_ground()).cloned());
            (path, Some(own.clone()), rule.span)
        }
    };
    Some(Annotated { annotations: annotations.clone(), index, path, package: package.clone(), rule, target })
}

/// Second blocks of one scope for the same.
fn redeclared(all: &[Annotated], sources: &Sources) -> Vec<Diagnostic> {
    let mut by_file: Vec<&Annotated> = all.iter().collect();
    by_file.sort_by_cached_key(|annotated| {
        let at = annotated.annotations.span;
        (sources.get(at.source).map(|source| Arc::clone(source.name())), at.start)
    });
    let mut seen: BTreeMap<(bool, Vec<String>), Span> = BTreeMap::new();
    let mut errors = Vec::new();
    for annotated in by_file {
        let Annotations { scope, span, .. } = annotated.annotations;
        if scope == Scope::Rule {
            continue;
        }
        // Documents and subpackages are known by their paths, packages apart from both.
        let Some(before) = seen.insert((scope == Scope::Package, steps(&annotated.path)), span) else {
            continue;
        };
        let place = sources.get(before.source).map(|source| {
            format!("{}:{}", source.name(), LineIndex::new(source.text()).position(before.start).row)
        });
        let message = format!("{} annotation redeclared: {}", scope.as_str(), place.unwrap_or_default());
        errors.push(Diagnostic::error(Code::Type, message, span));
    }
    errors
}

fn package_path(module: &Module) -> Option<Ref> {
    let package = module.package.as_ref()?;
    let span = package.span;
    let operands = package
        .path
        .iter()
        .map(|segment| Term { span: segment.span, kind: TermKind::String(segment.name.clone()) });
    let head = Term::var(Name::DATA, span);
    Some(Ref { span, head, operands: operands.collect() })
}

fn as_string(term: &Term) -> Term {
    match term.as_var() {
        Some(var) => Term { span: term.span, kind: TermKind::String(var.name.clone()) },
        None => term.clone(),
    }
}

fn steps(path: &Ref) -> Vec<String> {
    path.operands.iter().map(display::term).collect()
}
