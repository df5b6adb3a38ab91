//! What coverage is enough: the flags, and the judgement.

use std::path::{Path, PathBuf};

use portcullis::config::{CoverageSettings, PackageThresholds, Thresholds};
use portcullis::coverage::baseline::{Baseline, Drop};
use portcullis::coverage::{Count, Coverage, FileCoverage, Kind, Tests, Totals, opa};
use portcullis::diagnostic::Diagnostic;
use portcullis::source::Sources;

use crate::command::test::go_bool;
use crate::configuration;
use crate::exit::Exit;
use crate::io::Io;
use crate::load::io_reason;
use crate::policy_set::Failure;
use crate::report::coverage_gaps::{Gap, gaps};
use crate::report::coverage_pretty::percent as shown;
use crate::report::diagnostics::Printable;
use crate::whole_file::WholeFile;

/// What is enough, and of what.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Coverage")]
pub(in crate::command) struct EnoughArgs {
    /// Exit with 2 when fewer percent are covered, of the lines as OPA counts them or of the KIND: rule, expression,
    /// condition, decision; can be given several times; implies --coverage
    #[arg(long = "threshold", value_name = "[KIND=]PERCENT", value_parser = Threshold::parse)]
    thresholds: Vec<Threshold>,
    /// Measure the files and rules of tests too, as OPA does
    #[arg(long, value_name = "BOOL", value_parser = go_bool)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    coverage_tests: Option<bool>,
    /// Exit with 2 when less is covered than FILE says, of a file or of all of them; implies --coverage
    #[arg(long, value_name = "FILE")]
    coverage_baseline: Option<PathBuf>,
    /// Write what is covered to the file of --coverage-baseline, or of portcullis.toml, instead
    #[arg(long)]
    update_baseline: bool,
    /// What the configuration says.
    #[arg(skip)]
    configured: Configured,
}

/// What a configuration demands.
#[derive(Debug, Clone, Default)]
struct Configured {
    thresholds: Thresholds,
    packages: Vec<PackageThresholds>,
    baseline: Option<PathBuf>,
    /// The file, for errors that have their place in it.
    sources: Sources,
}

/// A percentage to reach.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Threshold {
    kind: Kind,
    percent: f64,
    origin: Origin,
}

/// Who demands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The command line, as in OPA.
    Flag,
    /// The configuration.
    Configuration,
}

impl Threshold {
    fn parse(text: &str) -> Result<Self, String> {
        let (kind, percent) = match text.split_once('=') {
            None => (Kind::Line, text),
            Some((name, percent)) => {
                let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| {
                    format!("there is no kind `{name}`; there are {}", Kind::ALL.map(Kind::as_str).join(", "))
                })?;
                (kind, percent)
            }
        };
        match percent.parse::<f64>() {
            Ok(percent) if (0.0..=100.0).contains(&percent) => {
                Ok(Self { kind, percent, origin: Origin::Flag })
            }
            Ok(_) | Err(_) => Err("write a number from 0 to 100".to_owned()),
        }
    }
}

/// What a run has to reach, read before it starts. By default, nothing.
#[derive(Debug, Default)]
pub(in crate::command) struct Demands {
    thresholds: Vec<Threshold>,
    packages: Vec<PackageThresholds>,
    sources: Sources,
    tests: Tests,
    ratchet: Ratchet,
}

/// What an earlier run says.
#[derive(Debug, Default)]
enum Ratchet {
    /// Nothing.
    #[default]
    Absent,
    /// No less may be covered.
    Compare { name: String, baseline: Baseline },
    /// What it says is over: this run says it.
    Update(WholeFile),
}

impl EnoughArgs {
    /// Takes from the configuration what the command line does not say.
    pub(in crate::command) fn settle(&mut self, settings: CoverageSettings, folder: &Path, sources: Sources) {
        self.coverage_tests = self.coverage_tests.or(settings.tests);
        // By the shortest name, as if it were given on the command line.
        let baseline = settings.baseline.map(|setting| configuration::shortest(&folder.join(setting.text)));
        let CoverageSettings { thresholds, packages, .. } = settings;
        self.configured = Configured { thresholds, packages, baseline, sources };
    }

    /// Takes what the configuration demands of all tests for nothing, as only some of them run. Says whether that was
    /// anything.
    pub(in crate::command) fn forgo(&mut self) -> bool {
        let Configured { thresholds, packages, baseline, .. } = std::mem::take(&mut self.configured);
        !thresholds.is_empty()
            || !packages.is_empty()
            || (baseline.is_some() && self.coverage_baseline.is_none())
    }

    /// Whether a flag demands anything, which has to be measured then.
    pub(in crate::command) fn is_wanted(&self) -> bool {
        self.flags().next().is_some() || self.coverage_baseline.is_some() || self.update_baseline
    }

    /// What has to be reached.
    ///
    /// # Errors
    /// When the baseline can't be read, or could not be written now.
    pub(in crate::command) fn demands(&self) -> Result<Demands, String> {
        let tests = if self.coverage_tests == Some(true) { Tests::Counted } else { Tests::LeftOut };
        let Configured { thresholds, packages, baseline, sources } = &self.configured;
        let ratchet = match self.coverage_baseline.as_ref().or(baseline.as_ref()) {
            None if self.update_baseline => return Err(NO_BASELINE.to_owned()),
            None => Ratchet::Absent,
            Some(path) if self.update_baseline => {
                Ratchet::Update(WholeFile::at(path).map_err(|error| error.to_string())?)
            }
            Some(path) => compare(path, tests)?,
        };
        // A flag says all that is demanded of its kind.
        let is_overruled = |kind: Kind| self.thresholds.iter().any(|threshold| threshold.kind == kind);
        let configured = thresholds.iter().filter(|(kind, _)| !is_overruled(**kind));
        let configured = configured.map(|(kind, percent)| Threshold {
            kind: *kind,
            percent: *percent,
            origin: Origin::Configuration,
        });
        Ok(Demands {
            thresholds: self.flags().copied().chain(configured).collect(),
            packages: packages.clone(),
            sources: sources.clone(),
            tests,
            ratchet,
        })
    }

    /// As in OPA, 0 demands nothing.
    fn flags(&self) -> impl Iterator<Item = &Threshold> {
        self.thresholds.iter().filter(|threshold| threshold.percent > 0.0)
    }
}

fn compare(path: &Path, tests: Tests) -> Result<Ratchet, String> {
    let name = path.display().to_string();
    let refuse = |reason: String| format!("the baseline `{name}` can't be read: {reason}");
    let text = fs_err::read(path).map_err(|error| {
        let hint =
            if error.kind() == std::io::ErrorKind::NotFound { "; --update-baseline writes it" } else { "" };
        refuse(format!("{}{hint}", io_reason(&error)))
    })?;
    let baseline = Baseline::read(&text, tests).map_err(|error| refuse(error.to_string()))?;
    Ok(Ratchet::Compare { name, baseline })
}

/// What is not enough.
#[derive(Debug, Default)]
pub(in crate::command) struct Missed {
    /// Thresholds of packages that are not there.
    nowhere: Vec<Diagnostic>,
    thresholds: Vec<Miss>,
    drops: Vec<Drop>,
}

/// A threshold that is not reached.
#[derive(Debug)]
struct Miss {
    /// Of which packages; none for all files together.
    package: Option<String>,
    threshold: Threshold,
    reached: f64,
    gaps: Vec<Gap>,
}

impl Missed {
    /// Whether it is nothing.
    pub(in crate::command) fn is_nothing(&self) -> bool {
        self.nowhere.is_empty() && self.thresholds.is_empty() && self.drops.is_empty()
    }
}

impl Demands {
    /// Whether the rules of tests count.
    pub(in crate::command) fn tests(&self) -> Tests {
        self.tests
    }

    /// What is demanded and not reached.
    pub(in crate::command) fn missed(&self, coverage: &Coverage) -> Missed {
        let mut missed = Missed {
            drops: match &self.ratchet {
                Ratchet::Compare { baseline, .. } => baseline.drops(coverage),
                Ratchet::Absent | Ratchet::Update(_) => Vec::new(),
            },
            ..Missed::default()
        };
        let totals = Totals::of(coverage, self.tests);
        for threshold in &self.thresholds {
            let reached = match threshold.kind {
                // As in OPA, 0 when there is nothing.
                Kind::Line => opa::report(coverage, self.tests).percent(),
                kind @ (Kind::Rule | Kind::Expression | Kind::Condition | Kind::Decision) => {
                    totals.count(kind).percent()
                }
            };
            if reached < threshold.percent {
                let gaps = gaps(coverage, threshold.kind, self.tests, &|_| true);
                missed.thresholds.push(Miss { package: None, threshold: *threshold, reached, gaps });
            }
        }
        for demanded in &self.packages {
            self.of_package(demanded, coverage, &mut missed);
        }
        missed
    }

    fn of_package(&self, demanded: &PackageThresholds, coverage: &Coverage, missed: &mut Missed) {
        let is_counted = |file: &FileCoverage| self.tests == Tests::Counted || !file.is_test;
        let is_meant = |file: &FileCoverage| is_counted(file) && demanded.matches(&file.package);
        let mut files = coverage.files.values().filter(|file| is_meant(file)).peekable();
        if files.peek().is_none() {
            let counted = coverage.files.values().filter(|file| is_counted(file));
            missed.nowhere.push(demanded.is_nowhere(counted.map(|file| &*file.package)));
            return;
        }
        let mut totals = Totals::default();
        files.for_each(|file| totals.add(&Totals::of_file(file, self.tests)));
        for (kind, percent) in &demanded.thresholds {
            let reached = totals.count(*kind).percent();
            if reached < *percent {
                missed.thresholds.push(Miss {
                    package: Some(demanded.package.text.clone()),
                    threshold: Threshold { kind: *kind, percent: *percent, origin: Origin::Configuration },
                    reached,
                    gaps: gaps(coverage, *kind, self.tests, &is_meant),
                });
            }
        }
    }

    /// Writes the baseline if that is wanted.
    ///
    /// # Errors
    /// When it can't be written; what was there before is still there.
    pub(in crate::command) fn update(&self, coverage: &Coverage) -> Result<(), String> {
        match &self.ratchet {
            Ratchet::Absent | Ratchet::Compare { .. } => Ok(()),
            Ratchet::Update(file) => {
                let text = Baseline::of(coverage, self.tests).to_text();
                file.write(text.as_bytes()).map_err(|error| error.to_string())
            }
        }
    }

    /// Says that the baseline is not written, if that was wanted.
    pub(in crate::command) fn keep(&self, why: &str, io: &mut Io) {
        if let Ratchet::Update(file) = &self.ratchet {
            io.warning(format_args!("the baseline `{}` is not written: {why}", file.name()));
        }
    }

    /// Says what is not enough, and the lines that are not covered if that is wanted; gives the exit code then.
    pub(in crate::command) fn tell(
        &self,
        missed: &Missed,
        lines: Lines,
        coverage: &Coverage,
        io: &mut Io,
    ) -> Option<Exit> {
        for miss in &missed.thresholds {
            miss.tell(lines, io);
        }
        let is_opas = |miss: &Miss| miss.is_opas();
        if lines == Lines::Listed && missed.thresholds.iter().any(is_opas) {
            io.note("Lines not covered:");
            for gap in gaps(coverage, Kind::Line, self.tests, &|_| true) {
                io.note(format_args!("\t{gap}"));
            }
        }
        if let (Ratchet::Compare { name, .. }, false) = (&self.ratchet, missed.drops.is_empty()) {
            io.note(format_args!("Less is covered than `{}` says:", Printable(name)));
            for Drop { file, kind, before, now } in &missed.drops {
                let file = file.as_deref().unwrap_or("all files");
                let (before, now) = (count(*before), count(*now));
                io.note(format_args!("\t{}: {} {now}, was {before}", Printable(file), kind.as_str()));
            }
            io.hint("test what is missing, or accept it with --update-baseline");
        }
        if !missed.nowhere.is_empty() {
            Failure::new(missed.nowhere.clone(), self.sources.clone()).tell(io);
            return Some(Exit::One);
        }
        (!missed.is_nothing()).then_some(Exit::Two)
    }
}

impl Miss {
    /// Whether it is the threshold that OPA has, which is told in OPA's words alone.
    fn is_opas(&self) -> bool {
        self.threshold.kind == Kind::Line && self.threshold.origin == Origin::Flag
    }

    fn tell(&self, lines: Lines, io: &mut Io) {
        let Threshold { kind, percent: wanted, .. } = self.threshold;
        let what = match kind {
            // To the letter, for scripts that look for it.
            Kind::Line => "Code",
            Kind::Rule => "Rule",
            Kind::Expression => "Expression",
            Kind::Condition => "Condition",
            Kind::Decision => "Decision",
        };
        let of = self.package.as_ref().map_or_else(String::new, |name| format!(" of {}", Printable(name)));
        // OPA rounds; what is not met should not look as if it were.
        let reached = if self.is_opas() { self.reached } else { (self.reached * 100.0).floor() / 100.0 };
        io.note(format_args!(
            "{what} coverage threshold{of} not met: got {reached:.2} instead of {wanted:.2}"
        ));
        if self.is_opas() {
            return;
        }
        let most = if lines == Lines::Listed { usize::MAX } else { MOST_GAPS };
        self.gaps.iter().take(most).for_each(|gap| io.note(format_args!("\t{gap}")));
        if self.gaps.len() > most {
            io.note(format_args!("\tand {} more; -v lists all", self.gaps.len() - most));
        }
    }
}

fn count(count: Count) -> String {
    format!("{}% ({} of {})", shown(count.percent()), count.covered, count.total)
}

/// Whether everything is listed that is not covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::command) enum Lines {
    /// All of them.
    Listed,
    /// None.
    Untold,
}

impl Lines {
    /// Listed if the user wants to know more.
    pub(in crate::command) fn of(verbose: bool) -> Self {
        if verbose { Self::Listed } else { Self::Untold }
    }
}

const NO_BASELINE: &str = "--update-baseline needs the file: name it with --coverage-baseline, or as `baseline` in the table \
                           `coverage` of portcullis.toml, which is for runs of all tests";

/// How many places are told of a threshold that is not met.
const MOST_GAPS: usize = 5;
