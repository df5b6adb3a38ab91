//! The formats of `portcullis test`, and what each of them reports.

use std::io::{self, Write};

use portcullis::source::Sources;
use portcullis::suite::{Event, Summary, TestResult};

use super::TestReporter;
use super::coverage_format::{CoverageFormat, Covered};
use super::coverage_pretty;
use super::test_github::TestGithub;
use super::test_gobench::TestGobench;
use super::test_json::TestJson;
use super::test_junit::TestJunit;
use super::test_pretty::TestPretty;
use super::test_sarif::TestSarif;
use super::test_tap::TestTap;

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people, as opa test writes it
    Pretty,
    /// One JSON array, as opa test writes it
    Json,
    /// JUnit XML, for CI systems
    Junit,
    /// Test Anything Protocol 14
    Tap,
    /// Failed tests as SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// How long tests take as Go's benchmarks tell it, for benchstat; with --bench
    Gobench,
    /// What tests cover as LCOV, for genhtml and editors
    Lcov,
    /// What tests cover as Cobertura XML, for CI systems
    Cobertura,
    /// What tests cover as one page for browsers, with the tests
    Html,
    /// What tests cover as portcullis coverage merge reads it
    Coverage,
    /// What tests cover as opa test --coverage -f json writes it
    OpaCoverage,
}

/// What a format reports, and who writes it.
pub(crate) enum Reporter {
    /// How tests went: it takes the events of a run.
    Tests(Box<dyn TestReporter>),
    /// How tests went, and below it what they cover if that was measured.
    People {
        /// Writes how they went.
        tests: TestPretty,
        /// Whether there were any.
        has_run: bool,
    },
    /// What tests cover, with their results for formats that list them.
    Coverage {
        /// How it is written.
        format: CoverageFormat,
        /// How the tests went.
        results: Vec<TestResult>,
        /// Of the policies.
        sources: Sources,
    },
    /// As `opa test --coverage -f json`: what tests cover, or how they went if any did not pass.
    CoverageOrFailures {
        /// Writes how they went.
        tests: TestPretty,
        /// What it wrote.
        held_back: Vec<u8>,
        /// How many failed.
        summary: Summary,
    },
}

impl Reporter {
    /// Takes one event of a run.
    pub(crate) fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Tests(reporter) => reporter.event(event, out),
            Self::People { tests, has_run } => {
                *has_run = true;
                tests.event(event, out)
            }
            Self::Coverage { results, .. } => {
                if let Event::Finished(result) = event {
                    results.push(result.clone());
                }
                Ok(())
            }
            Self::CoverageOrFailures { tests, held_back, summary } => {
                if let Event::Ended(ended) = event {
                    *summary = *ended;
                }
                tests.event(event, held_back)
            }
        }
    }

    /// Takes what was measured once a run is over, if anything was.
    pub(crate) fn covered(&mut self, covered: &Covered<'_>, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Tests(_) => Ok(()),
            Self::People { has_run, .. } => {
                if *has_run {
                    writeln!(out)?;
                }
                coverage_pretty::write(covered.coverage, covered.tests, out)
            }
            Self::Coverage { format, results, sources } => format.write(covered, results, sources, out),
            Self::CoverageOrFailures { held_back, summary, .. } => {
                if summary.failed > 0 || summary.errored > 0 {
                    return out.write_all(held_back);
                }
                if !covered.is_enough {
                    return Ok(());
                }
                CoverageFormat::OpaCoverage.write(covered, &[], &Sources::new(), out)
            }
        }
    }
}

/// What reporters are made with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup<'s> {
    /// The sources of the policies, for places in diagnostics.
    pub(crate) sources: &'s Sources,
    /// How much the pretty format tells.
    pub(crate) detail: Detail,
    /// How the JSON format orders results.
    pub(crate) order: Order,
}

impl Setup<'_> {
    /// A reporter for people.
    pub(crate) fn pretty(self) -> TestPretty {
        TestPretty::new(self.detail, self.sources.clone())
    }
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What did not pass.
    Problems,
    /// What did not pass, and at the end what made it fail.
    Explained,
    /// Every test.
    Everything,
}

/// The orders of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Order {
    /// By file and row
    #[default]
    None,
    /// Slowest first
    Duration,
}

impl Format {
    /// A reporter for one run: the one place that says what a format reports.
    pub(crate) fn reporter(self, setup: Setup<'_>) -> Reporter {
        let sources = setup.sources.clone();
        if let Some(format) = self.of_coverage() {
            return Reporter::Coverage { format, results: Vec::new(), sources };
        }
        Reporter::Tests(match self {
            Self::Pretty | Self::Lcov | Self::Cobertura | Self::Html | Self::Coverage | Self::OpaCoverage => {
                return Reporter::People { tests: setup.pretty(), has_run: false };
            }
            Self::Json => Box::new(TestJson::new(sources, setup.order == Order::Duration)),
            Self::Junit => Box::new(TestJunit::new(sources)),
            Self::Tap => Box::new(TestTap::new(sources)),
            Self::Sarif => Box::new(TestSarif::new(sources)),
            Self::Github => Box::new(TestGithub::new(sources)),
            Self::Gobench => Box::new(TestGobench),
        })
    }

    /// The format as one of coverage, if it is one that needs coverage.
    pub(crate) fn of_coverage(self) -> Option<CoverageFormat> {
        match self {
            Self::Pretty
            | Self::Json
            | Self::Junit
            | Self::Tap
            | Self::Sarif
            | Self::Github
            | Self::Gobench => None,
            Self::Lcov => Some(CoverageFormat::Lcov),
            Self::Cobertura => Some(CoverageFormat::Cobertura),
            Self::Html => Some(CoverageFormat::Html),
            Self::Coverage => Some(CoverageFormat::Exchange),
            Self::OpaCoverage => Some(CoverageFormat::OpaCoverage),
        }
    }

    /// As users write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pretty => "pretty",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Tap => "tap",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gobench => "gobench",
            Self::Lcov => "lcov",
            Self::Cobertura => "cobertura",
            Self::Html => "html",
            Self::Coverage => "coverage",
            Self::OpaCoverage => "opa-coverage",
        }
    }
}
