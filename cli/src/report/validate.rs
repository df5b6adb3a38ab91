//! What `validate` found, and the formats that tell it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Arc;

use portcullis::diagnostic::Severity;
use portcullis::source::{LineIndex, Source, SourceId, Sources, Span};

use super::placed::{self, Place};
use super::{validate_github, validate_json, validate_junit, validate_pretty, validate_sarif, validate_tap};
use crate::policy_set::Failure;

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people, with the line that is wrong
    #[default]
    Pretty,
    /// One JSON document
    Json,
    /// JUnit XML, for CI systems
    Junit,
    /// Test Anything Protocol 14
    Tap,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

/// Everything that is told of a run.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The texts that were read.
    pub(crate) sources: Sources,
    /// What was asked, in the order of the documents.
    pub(crate) checks: Vec<Check>,
    /// How many files and documents there are.
    pub(crate) files: usize,
    /// How many documents there are.
    pub(crate) documents: usize,
    /// What could not be checked.
    pub(crate) problems: Failure,
    /// The rules that findings may name, by their ids.
    pub(crate) rules: BTreeMap<String, RuleText>,
    /// Whether warnings count as findings.
    pub(crate) strict: bool,
}

/// What is known of a rule.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuleText {
    /// What has to be.
    pub(crate) title: String,
    /// How bad it is, in the pack's word.
    pub(crate) severity: Option<String>,
}

/// One document, asked by one pack or by none.
#[derive(Debug)]
pub(crate) struct Check {
    /// The document.
    pub(crate) document: DocumentName,
    /// The pack; nothing for a document that no pack is for.
    pub(crate) pack: Option<Arc<str>>,
    /// What was found.
    pub(crate) findings: Vec<Finding>,
    /// How many findings were taken back by exceptions of the pack.
    pub(crate) exempt: usize,
}

/// What a document is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DocumentName {
    /// The file; of documents that are put over each other the last one.
    pub(crate) file: Arc<str>,
    /// Its number in the file, from 1, if there are several.
    pub(crate) number: Option<usize>,
    /// Where it starts.
    pub(crate) span: Span,
}

/// One finding.
#[derive(Debug)]
pub(crate) struct Finding {
    /// How bad it is.
    pub(crate) severity: Severity,
    /// The id of the rule.
    pub(crate) rule: String,
    /// What is wrong.
    pub(crate) message: String,
    /// The way to the value, as a JSON pointer, if the pack says it.
    pub(crate) path: Option<String>,
    /// Where the value stands, or the nearest thing around it.
    pub(crate) span: Option<Span>,
    /// What is missing there.
    pub(crate) missing: Option<String>,
    /// What can happen otherwise.
    pub(crate) why: Option<String>,
    /// What to write instead.
    pub(crate) help: Option<String>,
}

impl Format {
    /// Writes a report. The pretty one leaves out what could not be checked, which is told elsewhere.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn write(self, told: &Told, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Pretty => validate_pretty::write(told, out),
            Self::Json => out.write_all(validate_json::document(told).as_bytes()),
            Self::Junit => out.write_all(validate_junit::document(told)?.as_bytes()),
            Self::Tap => out.write_all(validate_tap::document(told).as_bytes()),
            Self::Sarif => out.write_all(validate_sarif::document(told).as_bytes()),
            Self::Github => out.write_all(validate_github::commands(told).as_bytes()),
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
        }
    }
}

impl Told {
    /// All findings, in the order of the documents.
    pub(super) fn findings(&self) -> impl Iterator<Item = (&Check, &Finding)> {
        self.checks.iter().flat_map(|check| check.findings.iter().map(move |finding| (check, finding)))
    }

    /// How many findings there are of a severity.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.findings().filter(|(_, finding)| finding.severity == severity).count()
    }

    /// Whether the answer is no.
    pub(crate) fn is_bad(&self) -> bool {
        self.findings().any(|(_, finding)| self.fails(finding))
    }

    /// Whether a finding makes the answer no.
    pub(super) fn fails(&self, finding: &Finding) -> bool {
        self.strict || finding.severity == Severity::Error
    }

    /// What could not be checked, with rows and columns.
    pub(super) fn problems(&self) -> Vec<placed::Finding> {
        self.problems.placed()
    }

    /// What finds rows and columns.
    pub(super) fn places(&self) -> Places<'_> {
        Places { sources: &self.sources, lines: BTreeMap::new() }
    }
}

impl Check {
    /// What people call it.
    pub(super) fn name(&self) -> String {
        match &self.pack {
            Some(pack) => format!("{} {pack}", self.document.shown()),
            None => self.document.shown(),
        }
    }
}

impl DocumentName {
    /// The file, and the number of the document if there are several.
    pub(crate) fn shown(&self) -> String {
        match self.number {
            None => self.file.to_string(),
            Some(number) => format!("{} (document {number})", self.file),
        }
    }
}

impl Finding {
    /// The message, and below it why it matters and what to write.
    pub(super) fn whole_message(&self) -> String {
        let mut text = self.message.clone();
        if let Some(missing) = &self.missing {
            text.push_str("\nmissing: ");
            text.push_str(missing);
        }
        for (name, line) in [("why", &self.why), ("help", &self.help)] {
            if let Some(line) = line {
                // Writing to a string can't fail.
                _ = write!(text, "\n{name}: {line}");
            }
        }
        text
    }
}

/// Finds rows and columns, each text being looked through once.
pub(super) struct Places<'a> {
    sources: &'a Sources,
    lines: BTreeMap<SourceId, LineIndex>,
}

impl Places<'_> {
    /// The part of a file that a span is.
    pub(super) fn of(&mut self, span: Span) -> Option<Place> {
        let source: &Source = self.sources.get(span.source)?;
        let lines = self.lines.entry(span.source).or_insert_with(|| LineIndex::new(source.text()));
        let (start, end) = (lines.position(span.start), lines.position(span.end));
        Some(Place { file: Arc::clone(source.name()), start, end })
    }
}
