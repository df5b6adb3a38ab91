//! The lints of `portcullis check`: which configuration applies, and what they find.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use portcullis::check::{Lint, Rule, Settings};
use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::source::{Source, SourceId, Sources};

use crate::load::{clean, io_reason};
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
    /// The configuration that applies; none if there are to be no lints.
    ///
    /// # Errors
    /// A configuration file that can't be read, or is wrong.
    pub(super) fn configuration(&self) -> Result<Option<Configuration>, Failure> {
        if self.no_lint {
            return Ok(None);
        }
        let path = self.config.clone().or_else(nearest);
        path.map_or_else(|| Ok(Configuration::default()), |path| read(&path)).map(Some)
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
        let path = absolute(Path::new(name));
        // What lies elsewhere, as in an archive, goes by its own name.
        let path = path.strip_prefix(&self.folder).unwrap_or(Path::new(name.trim_start_matches('/')));
        let numbered = self.excludes.iter().enumerate();
        numbered.filter(|(_, exclude)| exclude.paths.is_match(path)).map(|(index, _)| index).collect()
    }
}

fn read(path: &Path) -> Result<Configuration, Failure> {
    let name = path.display().to_string();
    let refuse =
        |message: String| Failure::new(vec![Diagnostic::error(Code::Config, message, None)], Sources::new());
    let mut bytes = Vec::new();
    fs_err::File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)).map_err(
        |error| refuse(format!("the configuration `{name}` can't be read: {}", io_reason(&error))),
    )?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MOST_BYTES) {
        return Err(refuse(format!("the configuration `{name}` is larger than {MOST_BYTES} bytes")));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| refuse(format!("the configuration `{name}` is no UTF-8")))?;
    let mut sources = Sources::new();
    let source = sources.add(Source::new(name, text.as_str()));
    let settings = match Settings::read(source, &text) {
        Ok(settings) => settings,
        Err(errors) => return Err(Failure::new(errors, sources)),
    };
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
    if !errors.is_empty() {
        return Err(Failure::new(errors, sources));
    }
    let folder = absolute(path).parent().map(Path::to_owned).unwrap_or_default();
    Ok(Configuration { settings, folder, excludes })
}

/// The `portcullis.toml` in the working directory or the nearest one above, by the shortest name.
fn nearest() -> Option<PathBuf> {
    let start = std::env::current_dir().ok()?;
    let mut found = start.ancestors().enumerate().filter(|(_, folder)| folder.join(FILE).is_file());
    let (above, folder) = found.next()?;
    Some(if above == 0 { PathBuf::from(FILE) } else { folder.join(FILE) })
}

/// A path from the root on, without `.` and `..`; links are not followed.
fn absolute(path: &Path) -> PathBuf {
    clean(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

const FILE: &str = "portcullis.toml";

/// A larger configuration is none.
const MOST_BYTES: u64 = 1 << 20;
