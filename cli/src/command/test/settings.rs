//! What a configuration file says about test runs, under what the command line says.

use std::path::PathBuf;

use portcullis::config::Setting;
use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::suite::selection::Selection;

use super::Args;
use crate::configuration::{self, Found};
use crate::go_duration;
use crate::load::IgnorePattern;
use crate::policy_set::Failure;

/// Where settings come from.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct SettingsArgs {
    /// Read the configuration from this file, not from the nearest portcullis.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// The arguments, with what the configuration has where the command line has nothing.
///
/// # Errors
/// A configuration that can't be read or is wrong, and paths that neither names.
pub(super) fn apply(mut args: Args) -> Result<Args, Failure> {
    let found = configuration::find(args.settings.config.as_deref(), &args.paths)?;
    let Found { config, folder, sources } = found;
    args.coverage.decisions = Some(config.check.decisions);
    args.baseline.configured = config.probe.decisions.into_iter().map(|setting| setting.text).collect();
    let coverage = config.coverage;
    let settings = config.test;
    let mut errors = Vec::new();
    let mut wrong = |setting: &Setting, message: String| {
        errors.push(Diagnostic::error(Code::Config, message, setting.span));
    };
    let mut excluded = Vec::new();
    for setting in &coverage.exclude {
        match super::coverage::glob(&setting.text) {
            Ok(pattern) => excluded.push(pattern),
            Err(error) => wrong(setting, format!("`{}` is no pattern: {error}", setting.text)),
        }
    }
    let mut ignore = Vec::new();
    for setting in &settings.ignore {
        match IgnorePattern::parse(&setting.text) {
            Ok(pattern) => ignore.push(pattern),
            Err(error) => wrong(setting, error.to_string()),
        }
    }
    let mut skip = Vec::new();
    for setting in &settings.skip {
        match Selection::new(&setting.text) {
            Ok(selection) => skip.push(selection),
            Err(error) => wrong(setting, error.to_string()),
        }
    }
    let timeout = settings
        .timeout
        .as_ref()
        .and_then(|setting| go_duration::parse(&setting.text).map_err(|error| wrong(setting, error)).ok());
    if !errors.is_empty() {
        return Err(Failure::new(errors, sources));
    }
    if args.paths.is_empty() {
        let named = settings.paths.iter().map(|setting| {
            // By the shortest name, as if it were given on the command line.
            configuration::shortest(&folder.join(&setting.text)).to_string_lossy().into_owned()
        });
        args.paths = named.collect();
        if args.paths.is_empty() {
            let message =
                "name the files and directories to test, or `paths` in the table `test` of portcullis.toml";
            return Err(Failure::of_message(message));
        }
    }
    args.coverage.excluded = excluded;
    args.coverage.folder.clone_from(&folder);
    args.coverage.enough.settle(coverage, &folder, sources);
    args.policy = args.policy.or_ignore(ignore);
    if args.select.skip.is_empty() {
        args.select.skip = skip;
    }
    args.timeout = args.timeout.or(timeout);
    args.parallel = args.parallel.or(settings.parallel.map(i64::from));
    args.properties.jobs = args.parallel.unwrap_or_default();
    args.verbose = args.verbose.or(settings.verbose);
    args.fail_on_empty = args.fail_on_empty.or(settings.fail_on_empty);
    args.exit_zero_on_skipped = args.exit_zero_on_skipped.or(settings.exit_zero_on_skipped);
    Ok(args)
}
