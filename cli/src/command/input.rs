//! Arguments that several commands share: how to read policies.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use portcullis::frontend;
use portcullis::policy::{Modules, RegoVersion};
use portcullis::source::{Source, Sources};

use crate::load::{IgnorePattern, Limits, LoadMode, LoadOptions, Walk};
use crate::policy_set::{Failure, PolicySet};

/// How to read policies and data.
#[derive(Debug, clap::Args)]
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
}

impl PolicyArgs {
    /// What to load from `paths`.
    pub(crate) fn options(&self, paths: &[String]) -> LoadOptions {
        let mode = if self.bundle { LoadMode::Bundles } else { LoadMode::Files };
        LoadOptions { paths: paths.to_vec(), ignore: self.ignore.clone(), mode, limits: Limits::default() }
    }

    /// Reads the modules and data that `paths` name.
    ///
    /// # Errors
    /// Everything that can't be read, merged or parsed.
    pub(crate) fn load_paths(&self, paths: &[String]) -> Result<PolicySet, Failure> {
        self.load(Walk::new(self.options(paths)), &[])
    }

    /// Reads the modules and data that a walk found, without the files at the `claimed` paths.
    ///
    /// # Errors
    /// Everything that can't be read, merged or parsed.
    pub(crate) fn load(&self, walk: Walk, claimed: &[PathBuf]) -> Result<PolicySet, Failure> {
        let version = if self.v0_compatible { RegoVersion::V0 } else { RegoVersion::V1 };
        let is_module = |source: &Source| {
            let mut sources = Sources::new();
            sources.add(source.clone());
            frontend::parse(&Modules { sources: &sources, versions: &[version] }, NonZeroUsize::MIN).is_ok()
        };
        match walk.load(claimed, &is_module) {
            Ok(loaded) => PolicySet::new(loaded, version),
            Err(failure) => Err(Failure::of_loading(failure, version)),
        }
    }
}
