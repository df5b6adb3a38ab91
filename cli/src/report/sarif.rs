//! Findings as SARIF 2.1.0, the format of code scanning.
//!
//! Our own structs, with what we say of the standard:
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use portcullis::check::{self, Level, Rule};
use portcullis::diagnostic::Severity;
use portcullis::diff::class::Class;
use portcullis::probe::probes::{self, Probe};
use serde::Serialize;

use super::placed::{Finding, Place};

/// A log with one run, and in it the rules that have findings. It is written even if there are none: then all that were
/// known before are mended.
pub(crate) fn document(findings: &[Finding]) -> String {
    let mut rules = Vec::new();
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    let mut results = Vec::with_capacity(findings.len());
    for finding in findings {
        let rule_index = *index.entry(finding.code).or_insert_with(|| {
            rules.push(described(finding.code));
            rules.len() - 1
        });
        results.push(SarifResult {
            rule_id: finding.code.into(),
            rule_index,
            level: level(finding.severity),
            message: Message { text: printable(&finding.whole_message()) },
            locations: finding.place.iter().map(Location::of).collect(),
        });
    }
    log(rules, results)
}

/// The log of one run: its rules, and the results that name them.
pub(super) fn log(rules: Vec<ReportingDescriptor>, results: Vec<SarifResult>) -> String {
    let driver = Driver { name: "portcullis", semantic_version: env!("CARGO_PKG_VERSION"), rules };
    let run = Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results };
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run] };
    // Structs of texts and numbers can always be written.
    serde_json::to_string_pretty(&log).unwrap_or_default() + "\n"
}

#[derive(Debug, Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<SarifResult>,
}

#[derive(Debug, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<ReportingDescriptor>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportingDescriptor {
    pub(super) id: Cow<'static, str>,
    pub(super) short_description: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help: Option<MultiformatMessage>,
    pub(super) default_configuration: ReportingConfiguration,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) properties: Option<Properties>,
}

#[derive(Debug, Serialize)]
pub(super) struct ReportingConfiguration {
    pub(super) level: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Properties {
    tags: [&'static str; 1],
    since: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Message {
    pub(super) text: String,
}

#[derive(Debug, Serialize)]
pub(super) struct MultiformatMessage {
    pub(super) text: String,
    pub(super) markdown: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SarifResult {
    pub(super) rule_id: Cow<'static, str>,
    pub(super) rule_index: usize,
    pub(super) level: &'static str,
    pub(super) message: Message,
    pub(super) locations: Vec<Location>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Debug, Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    #[serde(flatten)]
    end: Option<RegionEnd>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RegionEnd {
    end_line: usize,
    end_column: usize,
}

fn described(code: &'static str) -> ReportingDescriptor {
    let of_class = || {
        let class = Class::ALL.into_iter().find(|class| class.as_str() == code);
        class.map_or_else(|| of_error(code), of_class)
    };
    let of_probe = || probes::named(code).map_or_else(of_class, of_probe);
    check::rule(code).map_or_else(of_probe, descriptor)
}

fn of_probe(probe: &Probe) -> ReportingDescriptor {
    let markdown = format!("{}\n\n{}\n\n{}", probe.summary, probe.why, probe.instead);
    let default = match probe.severity {
        probes::Severity::Hard => level(Severity::Error),
        probes::Severity::Review => level(Severity::Warning),
    };
    ReportingDescriptor {
        id: probe.id.into(),
        short_description: Message { text: probe.summary.to_owned() },
        help: Some(MultiformatMessage { text: markdown.clone(), markdown }),
        default_configuration: ReportingConfiguration { level: default },
        properties: None,
    }
}

/// A kind of difference between versions.
fn of_class(class: Class) -> ReportingDescriptor {
    ReportingDescriptor {
        id: class.as_str().into(),
        short_description: Message { text: class.summary().to_owned() },
        help: None,
        default_configuration: ReportingConfiguration { level: level(Severity::Warning) },
        properties: None,
    }
}

/// What OPA calls a kind of error.
fn of_error(code: &'static str) -> ReportingDescriptor {
    let text =
        format!("An error of the kind {code}: nothing can be done with the policy until it is mended.");
    ReportingDescriptor {
        id: code.into(),
        short_description: Message { text },
        help: None,
        default_configuration: ReportingConfiguration { level: "error" },
        properties: None,
    }
}

fn descriptor(rule: &Rule) -> ReportingDescriptor {
    let markdown = rule.documentation();
    let default = match rule.level {
        Level::Off => "none",
        Level::Warn => level(Severity::Warning),
        Level::Error => level(Severity::Error),
    };
    ReportingDescriptor {
        id: rule.id.into(),
        short_description: Message { text: rule.summary() },
        help: Some(MultiformatMessage { text: markdown.clone(), markdown }),
        default_configuration: ReportingConfiguration { level: default },
        properties: Some(Properties { tags: [rule.category.as_str()], since: rule.since }),
    }
}

pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

impl Location {
    /// A part of a file.
    pub(super) fn of(place: &Place) -> Self {
        let end = RegionEnd { end_line: place.end.row, end_column: place.end.col };
        Self::region(&place.file, place.start.row, place.start.col, Some(end))
    }

    /// A place from which on something stands, in rows and columns from 1.
    pub(super) fn from(file: &str, row: usize, col: usize) -> Self {
        Self::region(file, row, col, None)
    }

    fn region(file: &str, start_line: usize, start_column: usize, end: Option<RegionEnd>) -> Self {
        let region = Region { start_line, start_column, end };
        let artifact_location = ArtifactLocation { uri: uri(file) };
        Self { physical_location: PhysicalLocation { artifact_location, region } }
    }
}

/// The relative reference of a file, or its URL if its path starts at the root.
fn uri(name: &str) -> String {
    let mut uri = if name.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in name.bytes() {
        // A colon would make a scheme of what is before it.
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// A text whose control characters are shown: viewers disagree on what to do with them.
pub(super) fn printable(text: &str) -> String {
    super::diagnostics::Printable(text).to_string()
}

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[cfg(test)]
mod tests {
    #[test]
    fn names_of_files_become_references() {
        for (name, uri) in [
            ("policies/a.rego", "policies/a.rego"),
            ("/srv/a b.rego", "file:///srv/a%20b.rego"),
            ("c:a.rego", "c%3Aa.rego"),
            ("é\n\u{1b}[%]?#.rego", "%C3%A9%0A%1B%5B%25%5D%3F%23.rego"),
            ("a\u{fffd}.rego", "a%EF%BF%BD.rego"),
            ("//host/a", "file:////host/a"),
        ] {
            assert_eq!(super::uri(name), uri);
        }
    }
}
