//! Findings of probes: for people, as JSON, and in the formats that findings have in general.

mod json;
mod model;
mod pretty;
mod properties;

use std::collections::BTreeMap;

use portcullis::diagnostic::Severity as Level;
use portcullis::probe::finding::{Fact, Finding};
use portcullis::probe::hunt::Hunted;
use portcullis::probe::probes::{Probe, Severity};
use portcullis::property::check::Tried;
use portcullis::source::{LineIndex, SourceId, Sources, Span};
use portcullis::suite::TestResult;
use portcullis::value::Value;

use super::placed::{self, Place};
use super::{github, sarif};

pub(crate) use json::json;
pub(crate) use model::models;
pub(crate) use pretty::pretty;

/// What was found, and what is known of it beside.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    /// Of each decision: what is known of its findings, and of its facts, and what was found.
    pub(crate) hunts: Vec<(Vec<Judged>, Vec<Judged>, Hunted)>,
    /// What became of properties.
    pub(crate) properties: Vec<Property>,
    /// The modules.
    pub(crate) sources: &'a Sources,
    /// The base documents that are loaded.
    pub(crate) loaded: &'a Value,
}

/// What became of a property.
#[derive(Debug)]
pub(crate) struct Property {
    /// How it went.
    pub(crate) result: TestResult,
    /// How much was tried, if it came to that.
    pub(crate) tried: Option<Tried>,
}

/// What is known of a finding.
#[derive(Debug, Clone, Default)]
pub(crate) struct Judged {
    /// Why somebody accepted it.
    pub(crate) accepted: Option<String>,
    /// Whether OPA decides on both cases as we do; `None` if it was not asked.
    pub(crate) opa: Option<bool>,
}

impl Told<'_> {
    /// The worst of what nobody accepted.
    pub(crate) fn worst(&self) -> Option<Severity> {
        let severities = self.hunts.iter().flat_map(|(findings, facts, hunted)| {
            let found = hunted.findings.iter().map(|finding| finding.probe).zip(findings);
            let known = hunted.facts.iter().map(|fact| fact.probe).zip(facts);
            found
                .chain(known)
                .filter(|(_, judged)| judged.accepted.is_none())
                .map(|(probe, _)| probe.severity)
        });
        severities.min()
    }

    /// The place of a span, if it is of a module.
    fn place(&self, span: Span) -> Option<Place> {
        place(self.sources, span)
    }

    /// What nobody accepted, as findings that have a message and a place.
    fn placed(&self) -> Vec<placed::Finding> {
        let mut lines: BTreeMap<SourceId, LineIndex> = BTreeMap::new();
        let mut place = |span: Option<Span>| {
            let span = span?;
            let source = self.sources.get(span.source)?;
            let lines = lines.entry(span.source).or_insert_with(|| LineIndex::new(source.text()));
            let (start, end) = (lines.position(span.start), lines.position(span.end));
            Some(Place { file: source.name().clone(), start, end })
        };
        let mut all = Vec::new();
        for (findings, facts, hunted) in &self.hunts {
            for (finding, judged) in hunted.findings.iter().zip(findings) {
                if judged.accepted.is_none() {
                    let span = finding.granting.first().or(finding.silenced.first()).copied();
                    all.push(one(finding.probe, sentence(finding), place(span)));
                }
            }
            for (fact, judged) in hunted.facts.iter().zip(facts) {
                if judged.accepted.is_none() {
                    all.push(one(fact.probe, fact_sentence(fact), place(fact.span)));
                }
            }
        }
        all.extend(self.properties.iter().filter_map(|property| properties::placed(&property.result)));
        all
    }
}

/// The place of a span, if it is of one of these modules.
pub(crate) fn place(sources: &Sources, span: Span) -> Option<Place> {
    let source = sources.get(span.source)?;
    let lines = LineIndex::new(source.text());
    Some(Place {
        file: source.name().clone(),
        start: lines.position(span.start),
        end: lines.position(span.end),
    })
}

/// As SARIF.
pub(crate) fn sarif(told: &Told<'_>) -> String {
    sarif::document(&told.placed())
}

/// As annotations of GitHub workflows.
pub(crate) fn github(told: &Told<'_>) -> String {
    github::commands(&told.placed())
}

fn one(probe: &'static Probe, message: String, place: Option<Place>) -> placed::Finding {
    let severity = match probe.severity {
        Severity::Hard => Level::Error,
        Severity::Review => Level::Warning,
    };
    placed::Finding { code: probe.id, severity, message, help: Some(probe.instead.to_owned()), place }
}

/// A finding in a sentence.
fn sentence(finding: &Finding) -> String {
    let detail =
        if finding.pair.detail.is_empty() { String::new() } else { format!(" ({})", finding.pair.detail) };
    format!(
        "{} {}: {} is {} for {}, and {} {}{detail}",
        finding.probe.id,
        finding.probe.name,
        finding.decision.name(),
        pretty::verdict(finding.pair.verdict_before),
        finding.seed,
        pretty::after(finding),
        pretty::verdict(finding.pair.verdict_after),
    )
}

fn fact_sentence(fact: &Fact) -> String {
    format!("{} {}: {}", fact.probe.id, fact.probe.name, fact.message)
}
