//! Lints texts, and shows the findings below the lines that they are about.

use std::fmt::Write as _;
use std::num::NonZeroUsize;

use portcullis::check::{Lint, Rule, Settings, lint};
use portcullis::diagnostic::{Diagnostic, Severity};
use portcullis::frontend::{self, Strictness};
use portcullis::policy::{CompileUnit, Modules, RegoVersion};
use portcullis::source::{LineIndex, Source, SourceId, Sources};
use portcullis::value::Value;

/// The findings in modules over `data`, which must compile.
pub(crate) fn findings(
    modules: &[(&str, &str)],
    data: &Value,
    settings: &Settings,
) -> (Vec<Diagnostic>, Sources) {
    let mut sources = Sources::new();
    for (name, text) in modules {
        sources.add(Source::new(*name, *text));
    }
    let versions = vec![RegoVersion::V1; sources.len()];
    let parsed =
        frontend::parse(&Modules { sources: &sources, versions: &versions }, NonZeroUsize::MIN, None);
    let unit = CompileUnit { modules: &parsed.expect("modules"), data, renames: &[], cases: &[] };
    if let Err(errors) = frontend::check(&unit, Strictness::default()) {
        panic!("{modules:?}: {errors:?}");
    }
    let none = |_: SourceId, _: &Rule| false;
    (lint(&unit, Lint { settings, is_excluded: &none }), sources)
}

/// The findings in one module without data, as rule and message.
pub(crate) fn messages(text: &str) -> Vec<(&'static str, String)> {
    let (found, _) =
        findings(&[("a.rego", text)], &Value::Object(portcullis::value::Object::new()), &Settings::default());
    found.into_iter().map(|finding| (finding.code.as_str(), finding.message)).collect()
}

/// The text with its findings, each below the line that it is about.
pub(crate) fn annotated(name: &str, text: &str, data: &Value) -> String {
    let (found, _) = findings(&[(name, text)], data, &Settings::default());
    let lines = LineIndex::new(text);
    let mut shown = String::new();
    for (row, line) in (1..).zip(text.lines()) {
        _ = writeln!(shown, "{line}");
        for finding in &found {
            let span = finding.span.unwrap();
            let (from, to) = (lines.position(span.start), lines.position(span.end));
            if from.row != row {
                continue;
            }
            let indent: String =
                line.chars().take(from.col - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            let end = if to.row == row { to.col } else { line.chars().count() + 1 };
            let level = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warn",
            };
            _ = writeln!(shown, "{indent}{}", "^".repeat((end - from.col).max(1)));
            _ = writeln!(shown, "{indent}{level} {}: {}", finding.code.as_str(), finding.message);
            _ = writeln!(shown, "{indent}help: {}", finding.help.as_ref().unwrap());
        }
    }
    shown
}
