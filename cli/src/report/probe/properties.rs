//! What became of properties, beside the findings of probes.

use std::fmt::Write as _;

use portcullis::diagnostic::Severity;
use portcullis::property::check::Tried;
use portcullis::source::Position;
use portcullis::suite::{Failure, TestError, TestResult, Verdict};
use portcullis::value::Value;

use super::Property;
use crate::plural::plural;
use crate::report::diagnostics::{Printable, one_line};
use crate::report::json_document::Json;
use crate::report::placed::{Finding, Place};

/// What is wrong with a property, in a line or a few; nothing if it holds.
fn wrong(result: &TestResult) -> Option<(&'static str, String)> {
    match &result.verdict {
        Verdict::Pass | Verdict::Skip { .. } => None,
        Verdict::Fail(Failure::Refuted(found)) => {
            let text =
                format!("expected: {}\nactual:   {}\n{}", found.expected, found.actual, found.details());
            Some(("refuted", text))
        }
        Verdict::Fail(Failure::Inconclusive(reason)) => {
            Some(("inconclusive", format!("not tested: {reason}")))
        }
        Verdict::Fail(
            Failure::Undefined | Failure::NotTrue(_) | Failure::Cases | Failure::Unexpected { .. },
        ) => Some(("failed", String::new())),
        Verdict::Error(TestError::Evaluation(error)) => Some(("error", error.to_string())),
        Verdict::Error(TestError::Nondeterministic(change)) => Some(("error", change.to_string())),
        Verdict::Error(TestError::Compile(errors)) => {
            Some(("error", errors.first().map(|error| error.message.clone()).unwrap_or_default()))
        }
    }
}

/// Writes those that do not hold, and how many do.
pub(super) fn write(properties: &[Property], text: &mut String) {
    if properties.is_empty() {
        return;
    }
    let mut broken = 0;
    for Property { result, .. } in properties {
        let Some((what, details)) = wrong(result) else { continue };
        broken += 1;
        _ = writeln!(text, "PROPERTY {}: {what}", one_line(&result.id.to_string()));
        _ = writeln!(text, "  {}:{}", result.location.file, result.location.row);
        for line in details.lines() {
            _ = writeln!(text, "  {}", Printable(line));
        }
    }
    let all = properties.len();
    let sum = |of: fn(&Tried) -> u64| {
        properties.iter().filter_map(|property| property.tried.as_ref()).map(of).fold(0, u64::saturating_add)
    };
    _ = writeln!(
        text,
        "properties: {} of {all} hold; tried on {}, of which {} said something",
        all - broken,
        plural(sum(|tried| tried.inputs), "input"),
        sum(|tried| tried.tested),
    );
}

/// A property as JSON.
pub(super) fn json(property: &Property) -> Json<'_> {
    let Property { result, tried } = property;
    let mut fields = vec![
        ("name", Json::Owned(Value::from(result.id.to_string()))),
        ("file", Json::Text(&result.location.file)),
        ("row", Json::Number(result.location.row)),
        ("outcome", Json::Text(wrong(result).map_or("held", |(what, _)| what))),
    ];
    if let Some(Tried { inputs, tested }) = *tried {
        let number = |number: u64| Json::Number(usize::try_from(number).unwrap_or(usize::MAX));
        fields.extend([("inputs", number(inputs)), ("tested", number(tested))]);
    }
    match &result.verdict {
        Verdict::Fail(Failure::Refuted(found)) => {
            fields.push(("expected", Json::Text(&found.expected)));
            fields.push(("actual", Json::Text(&found.actual)));
            let lines = found.made.iter().map(|line| Json::Text(line));
            fields.push(("found", Json::Array(lines.collect())));
            fields.extend(found.input.as_ref().map(|input| ("input", Json::Value(input))));
            fields.extend(found.table_case.as_ref().map(|row| ("table_case", Json::Text(row))));
            fields.extend(found.rego_test.as_ref().map(|test| ("rego_test", Json::Text(test))));
        }
        Verdict::Fail(Failure::Inconclusive(reason)) => fields.push(("reason", Json::Text(reason))),
        Verdict::Pass | Verdict::Fail(_) | Verdict::Error(_) | Verdict::Skip { .. } => {}
    }
    Json::Object(fields)
}

/// A property that does not hold, as a finding with a place.
pub(super) fn placed(result: &TestResult) -> Option<Finding> {
    let (_, details) = wrong(result)?;
    let at = Position { row: result.location.row, col: result.location.col };
    Some(Finding {
        code: "property",
        severity: Severity::Error,
        message: format!("{}\n{}", result.id, details.trim_end()),
        help: None,
        place: Some(Place { file: result.location.file.clone(), start: at, end: at }),
    })
}
