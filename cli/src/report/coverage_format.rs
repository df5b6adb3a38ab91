//! The formats of what tests cover, and what they are made of.

use std::io::{self, Write};

use portcullis::coverage::{Coverage, Tests, opa};
use portcullis::source::Sources;
use portcullis::suite::TestResult;

use super::{coverage_cobertura, coverage_html, coverage_lcov, coverage_opa};

/// The formats that report nothing else; the table for people is [`coverage_pretty`](super::coverage_pretty).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CoverageFormat {
    /// LCOV.
    Lcov,
    /// Cobertura XML.
    Cobertura,
    /// One page for browsers.
    Html,
    /// Coverage itself, which runs exchange.
    Exchange,
    /// As OPA.
    OpaCoverage,
}

/// What a run covered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Covered<'c> {
    /// All of it.
    pub(crate) coverage: &'c Coverage,
    /// Whether the rules of tests count.
    pub(crate) tests: Tests,
    /// Whether it is what the user demands.
    pub(crate) is_enough: bool,
}

impl CoverageFormat {
    /// Writes one document. `results` and the `sources` of the policies are for formats that list tests.
    pub(crate) fn write(
        self,
        covered: &Covered<'_>,
        results: &[TestResult],
        sources: &Sources,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Covered { coverage, tests, is_enough: _ } = *covered;
        match self {
            Self::Lcov => coverage_lcov::write(coverage, tests, out),
            Self::Cobertura => coverage_cobertura::write(coverage, tests, out),
            Self::Html => coverage_html::write(coverage, tests, results, sources, out),
            Self::Exchange => {
                serde_json::to_writer(&mut *out, coverage)?;
                writeln!(out)
            }
            Self::OpaCoverage => coverage_opa::write(&opa::report(coverage, tests), out),
        }
    }
}
