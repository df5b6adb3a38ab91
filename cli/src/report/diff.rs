//! Differences between versions of a policy: for people, as JSON, in Markdown, and in the formats that findings have in general.

mod json;
mod markdown;
mod pretty;

use std::collections::BTreeMap;

use portcullis::diagnostic::Severity as Level;
use portcullis::diff::class::Class;
use portcullis::diff::{Answer, Compared, Difference};
use portcullis::probe::decision::Verdict;
use portcullis::probe::edit::Edit;
use portcullis::source::{LineIndex, Sources, Span};

use super::placed::{self, Place};
use super::{github, sarif};
use crate::command::Loaded;

pub(crate) use json::json;
pub(crate) use markdown::markdown;
pub(crate) use pretty::{pretty, replayed};

/// What was found, and what somebody approved of it.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    /// Of each decision.
    pub(crate) compared: Vec<Compared>,
    /// Both versions.
    pub(crate) loaded: &'a Loaded,
    /// Why differences are approved, by ID.
    pub(crate) approved: BTreeMap<String, String>,
}

impl Told<'_> {
    /// Whether anything was found that may not pass and that nobody approved.
    pub(crate) fn fails(&self) -> bool {
        self.compared.iter().any(|compared| {
            compared.differences.iter().any(|one| compared.fails(one) && !self.approved.contains_key(&one.id))
        })
    }

    /// The places of clauses of a version, each with the line where it starts.
    fn places(&self, version: Version, spans: &[Span]) -> Vec<(Place, String)> {
        let sources = self.sources(version);
        let place = |span: &Span| {
            let source = sources.get(span.source)?;
            let lines = LineIndex::new(source.text());
            let line = source.text().get(span.start as usize..)?.lines().next().unwrap_or_default();
            let (start, end) = (lines.position(span.start), lines.position(span.end));
            Some((Place { file: self.loaded.file(source.name()).into(), start, end }, line.trim().to_owned()))
        };
        spans.iter().filter_map(place).collect()
    }

    fn sources(&self, version: Version) -> &Sources {
        match version {
            Version::Old => self.loaded.old.sources(),
            Version::New => self.loaded.new.sources(),
        }
    }

    fn deciding(&self, difference: &Difference) -> Vec<(Place, String)> {
        self.places(deciding_version(difference.class), &difference.deciding)
    }

    /// What nobody approved, as findings that have a message and a place in the new version, if they have one there.
    fn placed(&self) -> Vec<placed::Finding> {
        let mut all = Vec::new();
        for compared in &self.compared {
            for one in compared.differences.iter().filter(|one| !self.approved.contains_key(&one.id)) {
                let in_new = |spans: &[Span]| {
                    self.places(Version::New, spans).into_iter().next().map(|(place, _)| place)
                };
                let deciding = match deciding_version(one.class) {
                    Version::New => in_new(&one.deciding),
                    Version::Old => None,
                };
                all.push(placed::Finding {
                    code: one.class.as_str(),
                    severity: if compared.fails(one) { Level::Error } else { Level::Warning },
                    message: format!("{} {}: {}", one.decision.name(), one.id, sentence(one)),
                    help: Some(format!("see the input with: portcullis replay {}", one.id)),
                    place: in_new(&one.added).or(deciding),
                });
            }
        }
        all
    }
}

/// One of the two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Old,
    New,
}

/// Which version the clauses that decide are of.
fn deciding_version(class: Class) -> Version {
    match class {
        Class::NewlyAllowed | Class::DenyToError | Class::ReasonOnly => Version::New,
        Class::NewlyDenied | Class::AllowToError => Version::Old,
    }
}

/// As SARIF.
pub(crate) fn sarif(told: &Told<'_>) -> String {
    sarif::document(&told.placed())
}

/// As annotations of GitHub workflows.
pub(crate) fn github(told: &Told<'_>) -> String {
    github::commands(&told.placed())
}

/// A difference in a sentence.
fn sentence(difference: &Difference) -> String {
    format!(
        "{} is {} in the old version and {} in the new one",
        example(difference),
        verdict(&difference.old),
        verdict(&difference.new)
    )
}

/// The example: what somebody wrote down, and what was done with it.
fn example(difference: &Difference) -> String {
    let edits: Vec<String> = difference.edits.iter().map(Edit::to_string).collect();
    if edits.is_empty() {
        difference.seed.to_string()
    } else {
        format!("{} with {}", difference.seed, edits.join(", "))
    }
}

/// In a word.
fn verdict(answer: &Answer) -> &'static str {
    match answer.verdict {
        Verdict::Allow => "allowed",
        Verdict::Deny => "denied",
        Verdict::Error(code) => code.as_str(),
    }
}
