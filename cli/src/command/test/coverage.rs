//! What tests cover: the flags, and what they ask of a run.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};
use portcullis::check::Settings;
use portcullis::coverage::{Coverage, Passes};
use portcullis::policy::Policy;
use portcullis::suite::run::Recorder;

use super::plan::Measured;
use super::reports::{Json, Targets};
use crate::command::coverage::enough::EnoughArgs;
use crate::configuration;
use crate::engine::Purpose;
use crate::report::format::Format;

/// What to measure.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Coverage")]
pub(super) struct CoverageArgs {
    /// Measure what the tests cover of the policies; -f json writes it as opa test does, and nothing else
    #[arg(short, long)]
    coverage: bool,
    #[command(flatten)]
    pub(super) enough: EnoughArgs,
    /// Leave out files whose names match, as in 'lib/**'; repeatable
    #[arg(long, value_name = "GLOB", value_delimiter = ',', value_parser = glob)]
    coverage_exclude: Vec<GlobMatcher>,
    /// For OPA's format, evaluate tests again without these to tell why something is not covered; none if empty
    #[arg(long, value_name = "PASS", value_delimiter = ',', num_args = 0..)]
    #[arg(default_values = ["index_excluded", "early_exit"], value_parser = ["", "index_excluded", "early_exit"], hide_default_value = true)]
    coverage_runs: Vec<String>,
    /// What rules are called that are asked whether something may be done; the usual names if `None`.
    #[arg(skip)]
    pub(super) decisions: Option<BTreeSet<String>>,
    /// What the configuration leaves out, unless a flag says what to leave out.
    #[arg(skip)]
    pub(super) excluded: Vec<GlobMatcher>,
    /// What the paths are relative to that the configuration leaves out.
    #[arg(skip)]
    pub(super) folder: PathBuf,
}

impl CoverageArgs {
    /// Whether anybody wants to know what tests cover.
    pub(super) fn is_wanted(&self, targets: &Targets) -> bool {
        let is_reported = targets.formats().any(|format| format.of_coverage().is_some());
        self.coverage || self.enough.is_wanted() || is_reported
    }

    /// What the tests are run for.
    pub(super) fn purpose(&self, targets: &Targets) -> Purpose {
        if self.is_wanted(targets) { Purpose::Coverage } else { Purpose::Answers }
    }

    /// What counts while tests run; none if nobody wants to know.
    pub(super) fn recorder(&self, targets: &Targets) -> Option<Recorder> {
        let mut formats = targets.formats();
        let as_opa =
            self.json(targets) == Json::Coverage || formats.any(|format| format == Format::OpaCoverage);
        let runs = self.coverage_runs.iter().any(|run| !run.is_empty());
        let passes = if as_opa && runs { Passes::Three } else { Passes::One };
        self.is_wanted(targets).then(|| Recorder::new(passes))
    }

    /// Whether `--coverage` asks for a report that none of the formats shows.
    pub(super) fn is_lost(&self, targets: &Targets) -> bool {
        let shows = |format: Format| format == Format::Pretty || format.of_coverage().is_some();
        self.coverage && self.json(targets) == Json::Results && !targets.formats().any(shows)
    }

    /// What `-f json` means: as in OPA, coverage when that is asked for.
    pub(super) fn json(&self, targets: &Targets) -> Json {
        let is_asked_for = self.coverage || self.enough.is_wanted();
        if targets.is_json() && is_asked_for { Json::Coverage } else { Json::Results }
    }

    /// What was counted in a run, put together for all policies.
    pub(super) fn measure(&self, recorder: &Recorder, measured: &[Measured]) -> Result<Coverage, String> {
        let names = self.decisions.clone().unwrap_or_else(|| Settings::default().decisions);
        let is_decision = |path: &str| path.rsplit('.').next().is_some_and(|name| names.contains(name));
        let mut all = Coverage::default();
        for Measured { policy, modules } in measured {
            let Some(mut coverage) = of_policy(recorder, policy, modules, &is_decision) else {
                return Err("this engine can't tell what tests cover: leave --engine out".to_owned());
            };
            coverage.files.retain(|name, _| !self.is_left_out(name));
            all.add(coverage).map_err(|clash| clash.to_string())?;
        }
        Ok(all)
    }

    fn is_left_out(&self, name: &str) -> bool {
        if self.coverage_exclude.is_empty() {
            let path = configuration::from_folder(&self.folder, name);
            return self.excluded.iter().any(|glob| glob.is_match(&path));
        }
        self.coverage_exclude.iter().any(|glob| glob.is_match(name))
    }
}

fn of_policy(
    recorder: &Recorder,
    policy: &Arc<dyn Policy>,
    modules: &portcullis::frontend::ParsedModules,
    is_decision: &dyn Fn(&str) -> bool,
) -> Option<Coverage> {
    let counters = recorder.counters(policy).or_else(|| policy.counters(Passes::One))?;
    policy.coverage(&counters, modules, is_decision)
}

/// A pattern for the names of files.
pub(super) fn glob(text: &str) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}
