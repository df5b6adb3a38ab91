//! The lints of `portcullis check`: which configuration applies, and what they find.

use std::collections::BTreeSet;
use std::path::PathBuf;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use portcullis::check::{Lint, Rule, Settings};
use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::source::SourceId;

use crate::configuration::{self, Found};
use crate::policy_set::{Failure, PolicySet};

/// Whether and how to lint.
#[derive(Debug, clap::Args)]
pub(super) struct LintArgs {
    /// Check only what opa check checks
    #[arg(long)]
    no_lint: bool,
    /// Read the configuration from this file, not from the nearest portcullis.toml
    #[arg(long, value_name = "FILE", conflicts_with = "no_lint")]
    config: Option<PathBuf>,
}

/// A configuration, ready to be applied to files.
#[derive(Debug, Default)]
pub(super) struct Configuration {
    settings: Settings,
    /// The folder that its patterns are relative to.
    folder: PathBuf,
    excludes: Vec<Exclude>,
}

#[derive(Debug)]
struct Exclude {
    paths: GlobSet,
    rules: Option<BTreeSet<&'static str>>,
}

impl LintArgs {
    /// The configuration that applies to what `paths` name; none if there are to be no lints.
    ///
    /// # Errors
    /// A configuration file that can't be read, or is wrong.
    pub(super) fn configuration(&self, paths: &[String]) -> Result<Option<Configuration>, Failure> {
        if self.no_lint {
            return Ok(None);
        }
        prepare(configuration::find(self.config.as_deref(), paths)?).map(Some)
    }
}

impl Configuration {
    /// What the lints find in policies that compile.
    pub(super) fn findings(&self, policies: &PolicySet) -> Vec<Diagnostic> {
        let excluded: Vec<BTreeSet<usize>> =
            policies.modules.iter().map(|(_, source)| self.excludes_of(source.name())).collect();
        let is_excluded = |source: SourceId, rule: &Rule| {
            let matching = excluded.get(source.index()).into_iter().flatten();
            matching
                .filter_map(|index| self.excludes.get(*index))
                .any(|exclude| exclude.rules.as_ref().is_none_or(|rules| rules.contains(rule.id)))
        };
        policies.lint(Lint { settings: &self.settings, is_excluded: &is_excluded })
    }

    /// The excludes that a file is named by.
    fn excludes_of(&self, name: &str) -> BTreeSet<usize> {
        let path = configuration::from_folder(&self.folder, name);
        let numbered = self.excludes.iter().enumerate();
        numbered.filter(|(_, exclude)| exclude.paths.is_match(&path)).map(|(index, _)| index).collect()
    }
}

fn prepare(read: Found) -> Result<Configuration, Failure> {
    let Found { config, folder, sources } = read;
    let settings = config.check;
    let mut errors = Vec::new();
    let mut excludes = Vec::new();
    for exclude in &settings.excludes {
        let mut paths = GlobSetBuilder::new();
        for pattern in &exclude.paths {
            match GlobBuilder::new(&pattern.text).literal_separator(true).backslash_escape(true).build() {
                Ok(glob) => _ = paths.add(glob),
                Err(error) => {
                    let message = format!("`{}` is no pattern: {}", pattern.text, error.kind());
                    errors.push(Diagnostic::error(Code::Config, message, pattern.span));
                }
            }
        }
        match paths.build() {
            Ok(paths) => excludes.push(Exclude { paths, rules: exclude.rules.clone() }),
            Err(error) => errors.push(Diagnostic::error(Code::Config, error.to_string(), None)),
        }
    }
    if errors.is_empty() {
        Ok(Configuration { settings, folder, excludes })
    } else {
        Err(Failure::new(errors, sources))
    }
}
