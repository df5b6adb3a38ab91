//! Coverage in the form of `opa test --coverage`.

use std::io::{self, Write};

use portcullis::coverage::opa::{FileReport, Kind, Report};
use portcullis::coverage::{Place, Range};
use serde_json::{Map, Value, json};

/// One JSON document.
pub(crate) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let files: Map<String, Value> =
        report.files.iter().map(|(name, file)| ((*name).to_owned(), of_file(file))).collect();
    let document = json!({
        "files": files,
        "covered_lines": report.covered_lines,
        "not_covered_lines": report.not_covered_lines,
        "coverage": number(report.percent()),
    });
    writeln!(out, "{document:#}")
}

/// As OPA, without what is zero or empty.
fn of_file(file: &FileReport) -> Value {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value, is_empty: bool| {
        if !is_empty {
            fields.insert(name.to_owned(), value);
        }
    };
    let covered: Vec<Value> = file.covered.iter().map(|range| range_json(range, &[])).collect();
    let not_covered: Vec<Value> =
        file.not_covered.iter().map(|(range, kinds)| range_json(range, kinds)).collect();
    add("covered", Value::Array(covered), file.covered.is_empty());
    add("not_covered", Value::Array(not_covered), file.not_covered.is_empty());
    add("covered_lines", file.covered_lines.into(), file.covered_lines == 0);
    add("not_covered_lines", file.not_covered_lines.into(), file.not_covered_lines == 0);
    add("coverage", number(file.percent()), file.covered_lines == 0);
    Value::Object(fields)
}

fn range_json(range: &Range, kinds: &[Kind]) -> Value {
    let place = |place: Place| json!({"row": place.row, "col": place.col});
    let mut value = json!({"start": place(range.start), "end": place(range.end)});
    if let (false, Some(fields)) = (kinds.is_empty(), value.as_object_mut()) {
        let kinds: Vec<Value> = kinds.iter().map(|kind| kind.as_str().into()).collect();
        fields.insert("kinds".to_owned(), Value::Array(kinds));
    }
    value
}

/// Whole numbers without a fraction, as Go writes them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage fits")]
fn number(percent: f64) -> Value {
    if percent.fract() == 0.0 { Value::from(percent as u64) } else { Value::from(percent) }
}
