//! Modules as they were read: what the list of rules, the check and the engines all start from.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::{Strictness, rules};
use crate::compile::Compiled;
use crate::compile::types::{Assumptions, Capabilities};
use crate::diagnostic::{Code, Diagnostic};
use crate::parallel;
use crate::policy::{Modules, RegoVersion, RuleInfo};
use crate::source::{Source, SourceId, Sources};
use crate::syntax::tree::Module;
use crate::syntax::{self, ParseOptions, Parsed};
use crate::value::Value;

/// Modules that were read without errors, together with their texts.
#[derive(Debug, Clone)]
pub struct ParsedModules {
    sources: Sources,
    versions: Vec<RegoVersion>,
    trees: Vec<Module>,
    threads: NonZeroUsize,
}

/// Reads the modules, on at most so many threads; what is made of them later may take as many. Without capabilities, a module
/// may use what its version has.
///
/// # Errors
/// Everything that is wrong with the texts, in OPA's words, module by module.
pub fn parse(
    modules: &Modules<'_>,
    threads: NonZeroUsize,
    capabilities: Option<&Capabilities>,
) -> Result<ParsedModules, Vec<Diagnostic>> {
    let Modules { sources, versions } = *modules;
    let read = |(id, source): (SourceId, &Source)| {
        let version = versions.get(id.index()).copied().unwrap_or_default();
        let options = capabilities.map_or_else(
            || Ok(ParseOptions::new(version)),
            |capabilities| capabilities.parse_options(version),
        );
        options.map(|options| syntax::parse(id, source.text(), &options))
    };
    let mut diagnostics = Vec::new();
    let mut trees = Vec::with_capacity(sources.len());
    for parsed in parallel::map(threads, sources.iter().collect(), read) {
        match parsed {
            Ok(Parsed { module, diagnostics: more, .. }) => {
                diagnostics.extend(more);
                trees.push(module);
            }
            Err(message) => diagnostics.push(Diagnostic::error(Code::Parse, message, None)),
        }
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    Ok(ParsedModules { sources: sources.clone(), versions: versions.to_vec(), trees, threads })
}

impl ParsedModules {
    /// The rules in the order they are written, module by module.
    pub fn rules(&self) -> Vec<RuleInfo> {
        self.trees.iter().flat_map(rules::of_module).collect()
    }

    /// The same modules with another text of one of them, worked on by one thread; that one may use what its version has.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn with_text(&self, id: SourceId, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let (module, sources) = self.tree_with_text(id, text)?;
        let mut trees = self.trees.clone();
        if let Some(tree) = trees.get_mut(id.index()) {
            *tree = module;
        }
        Ok(Self { sources, versions: self.versions.clone(), trees, threads: NonZeroUsize::MIN })
    }

    /// One module with another text, and all texts then.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn tree_with_text(
        &self,
        id: SourceId,
        text: &str,
    ) -> Result<(Module, Sources), Vec<Diagnostic>> {
        let version = self.versions.get(id.index()).copied().unwrap_or_default();
        let Parsed { module, diagnostics, .. } = syntax::parse(id, text, &ParseOptions::new(version));
        if !diagnostics.is_empty() {
            return Err(diagnostics);
        }
        let mut sources = Sources::new();
        for (other, source) in self.sources.iter() {
            let is_it = other == id;
            sources.add(if is_it { Source::new(Arc::clone(source.name()), text) } else { source.clone() });
        }
        Ok((module, sources))
    }

    /// The same modules with others of the current version behind them.
    ///
    /// # Errors
    /// Everything that is wrong with the texts of the others.
    pub fn with(&self, others: Vec<Source>) -> Result<Self, Vec<Diagnostic>> {
        let mut all = self.clone();
        all.versions.resize(self.sources.len(), RegoVersion::default());
        let mut diagnostics = Vec::new();
        for source in others {
            let text = Arc::clone(source.text());
            let id = all.sources.add(source);
            let Parsed { module, diagnostics: more, .. } =
                syntax::parse(id, &text, &ParseOptions::new(RegoVersion::V1));
            diagnostics.extend(more);
            all.versions.push(RegoVersion::V1);
            all.trees.push(module);
        }
        if diagnostics.is_empty() { Ok(all) } else { Err(diagnostics) }
    }

    /// The texts.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The language version of each module; [`RegoVersion::V1`] for those beyond the end.
    pub fn versions(&self) -> &[RegoVersion] {
        &self.versions
    }

    /// The trees, in the order of the texts.
    pub fn trees(&self) -> &[Module] {
        &self.trees
    }

    /// On how many threads they may be worked on.
    pub fn threads(&self) -> NonZeroUsize {
        self.threads
    }

    /// Compiles as [`compile`](super::compile()) does, without copies of the trees.
    ///
    /// # Errors
    /// As for [`check`](super::check).
    pub fn compile(
        self,
        data: &Value,
        strictness: Strictness,
        assumptions: Assumptions<'_>,
    ) -> Result<Compiled, Vec<Diagnostic>> {
        assumptions.check_input().map_err(|diagnostic| vec![diagnostic])?;
        let settings = super::Settings {
            data_exists: &|path| super::is_taken(data, path),
            cases: &[],
            strictness,
            threads: self.threads,
            assumptions,
        };
        super::compile_trees(self.trees, &self.sources, settings)
    }
}
