//! Reports: what the engine found, written for people and for machines. One format, one file.

pub(crate) mod ast;
pub(crate) mod audit;
pub(crate) mod authz;
pub(crate) mod bench;
pub(crate) mod bundle_diff;
pub(crate) mod bundle_diff_json;
pub(crate) mod bundle_diff_markdown;
pub(crate) mod bundle_diff_pretty;
pub(crate) mod check_json;
pub(crate) mod coverage_clauses;
pub(crate) mod coverage_cobertura;
pub(crate) mod coverage_format;
pub(crate) mod coverage_gaps;
pub(crate) mod coverage_html;
pub(crate) mod coverage_lcov;
pub(crate) mod coverage_opa;
pub(crate) mod coverage_pretty;
pub(crate) mod dependencies;
pub(crate) mod diagnostics;
pub(crate) mod diff;
pub(crate) mod divergence;
pub(crate) mod failures;
pub(crate) mod file_report;
pub(crate) mod format;
pub(crate) mod github;
mod html_text;
pub(crate) mod inspect;
pub(crate) mod json_document;
mod junit_document;
pub(crate) mod metrics;
pub(crate) mod mutation;
pub(crate) mod outcome;
mod page;
pub(crate) mod placed;
pub(crate) mod probe;
pub(crate) mod profile;
pub(crate) mod query;
pub(crate) mod revocation;
pub(crate) mod sarif;
pub(crate) mod statistics;
pub(crate) mod table;
pub(crate) mod test_github;
pub(crate) mod test_gobench;
pub(crate) mod test_json;
pub(crate) mod test_junit;
pub(crate) mod test_pretty;
pub(crate) mod test_sarif;
pub(crate) mod test_tap;
pub(crate) mod trace;
pub(crate) mod validate;
mod validate_github;
mod validate_json;
mod validate_junit;
mod validate_pretty;
mod validate_sarif;
mod validate_tap;
pub(crate) mod verification;
pub(crate) mod why;

use std::io::{self, Write};

use portcullis::suite::Event;

/// A format for test runs: takes events, writes text.
pub(crate) trait TestReporter {
    /// Takes one event and writes what it makes of it.
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()>;
}
