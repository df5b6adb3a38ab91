//! The formats of `portcullis test`, and what each of them reports.

use std::io::{self, Write};

use portcullis::source::Sources;
use portcullis::suite::Event;

use super::TestReporter;
use super::test_github::TestGithub;
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
}

/// What a format reports, and who writes it.
pub(crate) enum Reporter {
    /// How tests went: it takes the events of a run.
    Tests(Box<dyn TestReporter>),
}

impl Reporter {
    /// Takes one event of a run.
    pub(crate) fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Tests(reporter) => reporter.event(event, out),
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
        Reporter::Tests(match self {
            Self::Pretty => Box::new(TestPretty::new(setup.detail, sources)),
            Self::Json => Box::new(TestJson::new(sources, setup.order == Order::Duration)),
            Self::Junit => Box::new(TestJunit::new(sources)),
            Self::Tap => Box::new(TestTap::new(sources)),
            Self::Sarif => Box::new(TestSarif::new(sources)),
            Self::Github => Box::new(TestGithub::new(sources)),
        })
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
        }
    }
}
