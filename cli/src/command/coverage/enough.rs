//! What coverage is enough: the flags, and the judgement.

use std::path::{Path, PathBuf};

use portcullis::coverage::baseline::{Baseline, Drop};
use portcullis::coverage::{Count, Coverage, Kind, Tests, Totals, opa};

use crate::exit::Exit;
use crate::io::Io;
use crate::load::io_reason;
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
    #[arg(long)]
    coverage_tests: bool,
    /// Exit with 2 when less is covered than FILE says, of a file or of all of them; implies --coverage
    #[arg(long, value_name = "FILE")]
    coverage_baseline: Option<PathBuf>,
    /// Write what is covered to the file of --coverage-baseline instead
    #[arg(long, requires = "coverage_baseline")]
    update_baseline: bool,
}

/// A percentage to reach.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Threshold {
    kind: Kind,
    percent: f64,
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
            Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Self { kind, percent }),
            Ok(_) | Err(_) => Err("write a number from 0 to 100".to_owned()),
        }
    }
}

/// What a run has to reach, read before it starts.
#[derive(Debug)]
pub(in crate::command) struct Demands {
    thresholds: Vec<Threshold>,
    tests: Tests,
    ratchet: Ratchet,
}

/// What an earlier run says.
#[derive(Debug)]
enum Ratchet {
    /// Nothing.
    Absent,
    /// No less may be covered.
    Compare { name: String, baseline: Baseline },
    /// What it says is over: this run says it.
    Update(WholeFile),
}

impl EnoughArgs {
    /// Whether anything is demanded, and so has to be measured.
    pub(in crate::command) fn is_wanted(&self) -> bool {
        self.demanded().next().is_some() || self.coverage_baseline.is_some()
    }

    /// What has to be reached.
    ///
    /// # Errors
    /// When the baseline can't be read, or could not be written now.
    pub(in crate::command) fn demands(&self) -> Result<Demands, String> {
        let tests = if self.coverage_tests { Tests::Counted } else { Tests::LeftOut };
        let ratchet = match &self.coverage_baseline {
            None => Ratchet::Absent,
            Some(path) if self.update_baseline => {
                Ratchet::Update(WholeFile::at(path).map_err(|error| error.to_string())?)
            }
            Some(path) => compare(path, tests)?,
        };
        Ok(Demands { thresholds: self.demanded().copied().collect(), tests, ratchet })
    }

    /// As in OPA, 0 demands nothing.
    fn demanded(&self) -> impl Iterator<Item = &Threshold> {
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
    thresholds: Vec<(Threshold, f64)>,
    drops: Vec<Drop>,
}

impl Missed {
    /// Whether it is nothing.
    pub(in crate::command) fn is_nothing(&self) -> bool {
        self.thresholds.is_empty() && self.drops.is_empty()
    }
}

impl Demands {
    /// Whether the rules of tests count.
    pub(in crate::command) fn tests(&self) -> Tests {
        self.tests
    }

    /// What is demanded and not reached.
    pub(in crate::command) fn missed(&self, coverage: &Coverage) -> Missed {
        let totals = Totals::of(coverage, self.tests);
        let percent = |kind| match kind {
            // As in OPA, 0 when there is nothing.
            Kind::Line => opa::report(coverage, self.tests).percent(),
            Kind::Rule | Kind::Expression | Kind::Condition | Kind::Decision => totals.count(kind).percent(),
        };
        let reached = self.thresholds.iter().map(|threshold| (*threshold, percent(threshold.kind)));
        Missed {
            thresholds: reached.filter(|(threshold, percent)| *percent < threshold.percent).collect(),
            drops: match &self.ratchet {
                Ratchet::Compare { baseline, .. } => baseline.drops(coverage),
                Ratchet::Absent | Ratchet::Update(_) => Vec::new(),
            },
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
        for (Threshold { kind, percent: wanted }, percent) in &missed.thresholds {
            let what = match kind {
                // To the letter, for scripts that look for it.
                Kind::Line => "Code",
                Kind::Rule => "Rule",
                Kind::Expression => "Expression",
                Kind::Condition => "Condition",
                Kind::Decision => "Decision",
            };
            io.note(format_args!(
                "{what} coverage threshold not met: got {percent:.2} instead of {wanted:.2}"
            ));
        }
        let of_lines = |(threshold, _): &(Threshold, f64)| threshold.kind == Kind::Line;
        if lines == Lines::Listed && missed.thresholds.iter().any(of_lines) {
            io.note("Lines not covered:");
            lines_not_covered(&opa::report(coverage, self.tests), io);
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
        (!missed.is_nothing()).then_some(Exit::Two)
    }
}

fn count(count: Count) -> String {
    format!("{}% ({} of {})", shown(count.percent()), count.covered, count.total)
}

/// Whether the lines are listed that are not covered.
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

fn lines_not_covered(report: &opa::Report<'_>, io: &mut Io) {
    for (name, file) in &report.files {
        for rows in file.rows_not_covered() {
            let (from, to) = (rows.start(), rows.end());
            let name = Printable(name);
            if from == to {
                io.note(format_args!("\t{name}:{from}"));
            } else {
                io.note(format_args!("\t{name}:{from}-{to}"));
            }
        }
    }
}
