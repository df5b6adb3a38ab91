//! What tests cover: the flags, and what they ask of a run.

use std::io::{self, Write};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};
use portcullis::check::Settings;
use portcullis::coverage::{Coverage, Passes, Tests, opa};
use portcullis::policy::Policy;
use portcullis::suite::run::Recorder;

use super::plan::Measured;
use crate::exit::Exit;
use crate::io::Io;
use crate::report::{coverage_opa, coverage_pretty};

/// What to measure, and what is enough.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Coverage")]
pub(super) struct CoverageArgs {
    /// Measure what the tests cover of the policies; -f json writes it as opa test does, and nothing else
    #[arg(short, long)]
    coverage: bool,
    /// Exit with 2 when fewer percent of the lines are covered, as OPA counts them; implies --coverage
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    threshold: Option<f64>,
    /// Leave out files whose names match, as in 'lib/**'; repeatable
    #[arg(long, value_name = "GLOB", value_delimiter = ',', value_parser = glob)]
    coverage_exclude: Vec<GlobMatcher>,
    /// Measure the files and rules of tests too, as OPA does
    #[arg(long)]
    coverage_tests: bool,
    /// For -f json, evaluate tests again without these to tell why something is not covered; none if empty
    #[arg(long, value_name = "PASS", value_delimiter = ',', num_args = 0..)]
    #[arg(default_values = ["index_excluded", "early_exit"], value_parser = ["", "index_excluded", "early_exit"], hide_default_value = true)]
    coverage_runs: Vec<String>,
}

/// Where coverage is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Instead of the report of the tests, as OPA writes it.
    Alone,
    /// As text below the report of the tests.
    BelowTests,
    /// Standard output has a report of the tests that nothing may stand below.
    Nowhere,
}

impl CoverageArgs {
    /// Whether anything is to be measured.
    pub(super) fn is_wanted(&self) -> bool {
        self.coverage || self.threshold().is_some()
    }

    /// What counts while tests run.
    pub(super) fn recorder(&self, shown: Shown) -> Option<Recorder> {
        let runs = self.coverage_runs.iter().any(|run| !run.is_empty());
        let passes = if shown == Shown::Alone && runs { Passes::Three } else { Passes::One };
        self.is_wanted().then(|| Recorder::new(passes))
    }

    /// The percentage that is enough. As in OPA, 0 is none.
    pub(super) fn threshold(&self) -> Option<f64> {
        self.threshold.filter(|threshold| *threshold > 0.0)
    }

    /// Whether the rules of tests count.
    pub(super) fn tests(&self) -> Tests {
        if self.coverage_tests { Tests::Counted } else { Tests::LeftOut }
    }

    /// What was counted in a run, put together for all policies.
    pub(super) fn measure(&self, recorder: &Recorder, measured: &[Measured]) -> Result<Coverage, String> {
        let names = Settings::default().decisions;
        let is_decision = |path: &str| path.rsplit('.').next().is_some_and(|name| names.contains(name));
        let mut all = Coverage::default();
        for Measured { policy, modules } in measured {
            let Some(mut coverage) = of_policy(recorder, policy, modules, &is_decision) else {
                return Err("this engine can't tell what tests cover: leave --engine out".to_owned());
            };
            coverage.files.retain(|name, _| !self.coverage_exclude.iter().any(|glob| glob.is_match(&**name)));
            all.add(coverage).map_err(|clash| clash.to_string())?;
        }
        Ok(all)
    }

    /// Writes what was measured; gives an exit code if it is not enough.
    pub(super) fn tell(
        &self,
        measured: Result<Coverage, String>,
        shown: Shown,
        verbose: bool,
        io: &mut Io,
    ) -> io::Result<Option<Exit>> {
        let coverage = match measured {
            Ok(coverage) => coverage,
            Err(message) => {
                io.error(message);
                return Ok(Some(Exit::One));
            }
        };
        let report = opa::report(&coverage, self.tests());
        let missed = self.threshold().filter(|threshold| report.percent() < *threshold);
        match shown {
            Shown::BelowTests => {
                writeln!(io.out)?;
                coverage_pretty::write(&coverage, self.tests(), &mut io.out)?;
            }
            Shown::Alone if missed.is_none() => coverage_opa::write(&report, &mut io.out)?,
            Shown::Nowhere if self.coverage => {
                io.warning(
                    "coverage is not shown: give the report of the tests a file, as in --report junit=FILE",
                );
            }
            Shown::Alone | Shown::Nowhere => {}
        }
        let Some(threshold) = missed else { return Ok(None) };
        io.out.flush()?;
        // To the letter, for scripts that look for it.
        io.note(format_args!(
            "Code coverage threshold not met: got {:.2} instead of {threshold:.2}",
            report.percent()
        ));
        if verbose {
            io.note("Lines not covered:");
            lines_not_covered(&report, io);
        }
        Ok(Some(Exit::Two))
    }
}

fn lines_not_covered(report: &opa::Report<'_>, io: &mut Io) {
    for (name, file) in &report.files {
        for rows in file.rows_not_covered() {
            let (from, to) = (rows.start(), rows.end());
            if from == to {
                io.note(format_args!("\t{name}:{from}"));
            } else {
                io.note(format_args!("\t{name}:{from}-{to}"));
            }
        }
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

fn percent(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        Ok(_) | Err(_) => Err("write a number from 0 to 100".to_owned()),
    }
}

fn glob(text: &str) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}
