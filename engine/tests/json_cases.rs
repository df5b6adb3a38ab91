//! Holds the JSON reader to OPA's answers, which are recorded in `testcases/json`.

#![expect(clippy::expect_used, reason = "these functions are the test")]

use portcullis::document;
use portcullis::source::{Source, SourceId, Sources};
use portcullis::value::Value;

#[test]
fn cases() {
    let cases = include_str!("../../testcases/json/cases.jsonc");
    let cases = document::json(any_source(), cases).expect("the case file is JSON").to_value();
    let cases = cases.as_array().expect("a list of cases");
    let wrong: Vec<String> = cases.iter().filter_map(|case| complaint(case).err()).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Values have to be the same, and messages too, since they are OPA's.
fn complaint(case: &Value) -> Result<(), String> {
    let at = |path: &[&str]| case.lookup(path).and_then(Value::as_str);
    let note = at(&["note"]).expect("a note");
    let json = at(&["json"]).expect("a text");
    let base: &[&str] = if case.lookup(&["differs"]).is_some() { &["differs"] } else { &[] };
    let expected = |key| at(&[base, &[key]].concat());
    let outcome = document::json(any_source(), json).map(|node| node.to_value().to_json());
    let outcome = outcome.map_err(|error| (error.message, error.span));
    match &outcome {
        Ok(ours) if Some(&**ours) == expected("value") => Ok(()),
        Err((message, Some(span))) if Some(&**message) == expected("refused") => {
            let within = span.start <= span.end && span.end as usize <= json.len();
            if within { Ok(()) } else { Err(format!("{note}: {span:?} lies outside of {json:?}")) }
        }
        Ok(_) | Err(_) => Err(format!(
            "{note}: {outcome:?} instead of {:?} or {:?}: {json:?}",
            expected("value"),
            expected("refused")
        )),
    }
}

fn any_source() -> SourceId {
    Sources::new().add(Source::new("case", ""))
}
