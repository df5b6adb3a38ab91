//! Arguments that several commands share: how to read policies.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use portcullis::bundle::Contents;
use portcullis::document::BaseData;
use portcullis::frontend;
use portcullis::policy::{Modules, RegoVersion};
use portcullis::source::{Source, Sources};

use super::capabilities::{self, Given};
use crate::load::{self, IgnorePattern, Limits, LoadMode, LoadOptions, Loaded, TestData, Trust, Walk};
use crate::policy_set::{Failure, PolicySet, Terms};

/// Reads modules and data as the options here have it by default.
///
/// # Errors
/// Everything that can't be read, merged or parsed.
pub(crate) fn load_plainly(
    paths: &[String],
    ignore: &[IgnorePattern],
    mode: LoadMode,
    version: RegoVersion,
) -> Result<PolicySet, Failure> {
    let plain = PolicyArgs {
        bundle: mode == LoadMode::Bundles,
        ignore: ignore.to_vec(),
        v0_compatible: version == RegoVersion::V0,
        capabilities: None,
        schema: None,
        trust: Trust::Anyone,
    };
    plain.load_paths(paths)
}

/// Reads modules and data in files, and in archives of those that are trusted.
///
/// # Errors
/// Everything that can't be read, merged or parsed.
pub(crate) fn load_files(
    paths: &[String],
    ignore: &[IgnorePattern],
    version: RegoVersion,
    trust: Trust,
) -> Result<PolicySet, Failure> {
    plain(ignore, version, trust).load_paths(paths)
}

/// The same of bundles, each with the path that names it and for itself.
///
/// # Errors
/// The first one that can't be used.
pub(crate) fn load_bundles(
    paths: &[String],
    ignore: &[IgnorePattern],
    version: RegoVersion,
    trust: Trust,
) -> Result<Vec<(String, Contents)>, Failure> {
    load::each_bundle(&plain(ignore, version, trust).options(paths)).map_err(Failure::of_load)
}

fn plain(ignore: &[IgnorePattern], version: RegoVersion, trust: Trust) -> PolicyArgs {
    PolicyArgs {
        bundle: false,
        ignore: ignore.to_vec(),
        v0_compatible: version == RegoVersion::V0,
        capabilities: None,
        schema: None,
        trust,
    }
}

/// What types are checked with, beside the modules.
#[derive(Debug, clap::Args)]
pub(crate) struct TermsArgs {
    /// Let policies use only what this file allows, which opa capabilities makes; or what this version of OPA does
    #[arg(long, value_name = "FILE|VERSION", value_parser = capabilities::parse)]
    capabilities: Option<Given>,
    /// Check types with this JSON Schema of the input, or with those in this directory that annotations name
    #[arg(short, long, value_name = "PATH")]
    schema: Option<String>,
}

impl TermsArgs {
    /// As [`load_plainly`], with these terms; of bundles together with what is loaded `beside` them.
    ///
    /// # Errors
    /// Everything that can't be read, merged or parsed.
    pub(crate) fn load(
        &self,
        paths: &[String],
        beside: &[String],
        ignore: &[IgnorePattern],
        mode: LoadMode,
        version: RegoVersion,
        trust: Trust,
    ) -> Result<PolicySet, Failure> {
        let policy = PolicyArgs {
            bundle: mode == LoadMode::Bundles,
            ignore: ignore.to_vec(),
            v0_compatible: version == RegoVersion::V0,
            capabilities: self.capabilities.clone(),
            schema: self.schema.clone(),
            trust,
        };
        let options = LoadOptions { beside_bundles: beside.to_vec(), ..policy.options(paths) };
        policy.load(Walk::new(options), &[])
    }
}

/// How to read policies and data.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PolicyArgs {
    /// Load the paths as bundles: directories or archives, data only from data.json and data.yaml
    #[arg(short, long)]
    bundle: bool,
    /// Leave out files and directories whose name matches, as in '.*' or '*_draft.rego'; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', value_parser = IgnorePattern::parse)]
    ignore: Vec<IgnorePattern>,
    /// Read Rego as OPA did before 1.0
    #[arg(long)]
    v0_compatible: bool,
    /// Let policies use only what this file allows, which opa capabilities makes; or what this version of OPA does
    #[arg(long, value_name = "FILE|VERSION", value_parser = capabilities::parse)]
    capabilities: Option<Given>,
    /// Check types with this JSON Schema of the input, or with those in this directory that annotations name
    #[arg(short, long, value_name = "PATH")]
    schema: Option<String>,
    #[arg(skip)]
    trust: Trust,
}

impl PolicyArgs {
    /// What to load from `paths`.
    pub(crate) fn options(&self, paths: &[String]) -> LoadOptions {
        let mode = if self.bundle { LoadMode::Bundles } else { LoadMode::Files };
        LoadOptions {
            paths: paths.to_vec(),
            ignore: self.ignore.clone(),
            mode,
            beside_bundles: Vec::new(),
            limits: Limits::default(),
            testdata: TestData::Skip,
            trust: self.trust.clone(),
        }
    }

    /// The same, with archives of those that are trusted only. By default archives are looked at, whoever made them.
    pub(crate) fn with_trust(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// The same, with these patterns where the command line has none.
    pub(crate) fn or_ignore(mut self, patterns: Vec<IgnorePattern>) -> Self {
        if self.ignore.is_empty() {
            self.ignore = patterns;
        }
        self
    }

    /// The flags that name what policies are compiled with beside the modules, each with its file or directory.
    pub(crate) fn terms(&self) -> Vec<(&'static str, PathBuf)> {
        let schema = self.schema.as_ref().filter(|path| !path.is_empty());
        let schema = schema.map(|path| ("--schema", load::named_path(path).unwrap_or_else(|| path.into())));
        let capabilities = self.capabilities.as_ref().and_then(|given| given.file.clone());
        schema.into_iter().chain(capabilities.map(|file| ("--capabilities", file))).collect()
    }

    /// Reads the modules and data that `paths` name.
    ///
    /// # Errors
    /// Everything that can't be read, merged or parsed.
    pub(crate) fn load_paths(&self, paths: &[String]) -> Result<PolicySet, Failure> {
        self.load(Walk::new(self.options(paths)), &[])
    }

    /// Reads the modules and data that `paths` name, in a version that the arguments here don't know of.
    ///
    /// # Errors
    /// As [`PolicyArgs::load_paths`].
    pub(crate) fn load_paths_as(&self, paths: &[String], version: RegoVersion) -> Result<PolicySet, Failure> {
        self.load_as(Walk::new(self.options(paths)), &[], version)
    }

    /// The version that modules are in.
    pub(crate) fn version(&self) -> RegoVersion {
        if self.v0_compatible { RegoVersion::V0 } else { RegoVersion::V1 }
    }

    /// Reads the modules and data that a walk found, without the files at the `claimed` paths.
    ///
    /// # Errors
    /// Everything that can't be read, merged or parsed.
    pub(crate) fn load(&self, walk: Walk, claimed: &[PathBuf]) -> Result<PolicySet, Failure> {
        self.load_as(walk, claimed, self.version())
    }

    /// As [`PolicyArgs::load`] loads files, without a look at the modules' texts, and for data that is not evaluated.
    ///
    /// # Errors
    /// Everything that can't be read or merged.
    pub(crate) fn load_raw<D: BaseData>(
        &self,
        walk: Walk,
        claimed: &[PathBuf],
    ) -> Result<Loaded<D>, Failure> {
        let terms = self.compile_terms(self.version())?;
        walk.load_files(claimed, &|source| is_module(source, &terms, self.version()))
            .map_err(|failure| Failure::of_loading(failure, &terms))
    }

    /// What was loaded, as policies.
    ///
    /// # Errors
    /// Modules that are no Rego.
    pub(crate) fn policy_set(&self, loaded: Loaded) -> Result<PolicySet, Failure> {
        PolicySet::new(loaded, self.compile_terms(self.version())?)
    }

    fn load_as(&self, walk: Walk, claimed: &[PathBuf], version: RegoVersion) -> Result<PolicySet, Failure> {
        let terms = self.compile_terms(version)?;
        PolicySet::new(load_walk(walk, claimed, &terms, version)?, terms)
    }

    fn compile_terms(&self, version: RegoVersion) -> Result<Arc<Terms>, Failure> {
        let schemas = self
            .schema
            .as_deref()
            .filter(|path| !path.is_empty())
            .map(load::schemas)
            .transpose()
            .map_err(Failure::of_load)?;
        let capabilities = self.capabilities.as_ref().map(|given| Arc::clone(&given.capabilities));
        Ok(Arc::new(Terms::new(version, capabilities, schemas)))
    }
}

fn load_walk(
    walk: Walk,
    claimed: &[PathBuf],
    terms: &Terms,
    version: RegoVersion,
) -> Result<Loaded, Failure> {
    walk.load(claimed, &|source| is_module(source, terms, version))
        .map_err(|failure| Failure::of_loading(failure, terms))
}

/// Whether a text is a module that can be read.
fn is_module(source: &Source, terms: &Terms, version: RegoVersion) -> bool {
    let mut sources = Sources::new();
    sources.add(source.clone());
    let modules = Modules { sources: &sources, versions: &[version] };
    frontend::parse(&modules, NonZeroUsize::MIN, Some(terms.capabilities())).is_ok()
}
