//! Holds the YAML reader to OPA's answers, which are recorded in `testcases/yaml`.

#![expect(clippy::expect_used, clippy::panic, reason = "these functions are the test")]

use portcullis::document;
use portcullis::source::{Source, SourceId, Sources};
use portcullis::value::Value;

macro_rules! groups {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                check(include_str!(concat!("../../testcases/yaml/", stringify!($name), ".jsonc")));
            }
        )*
    };
}

groups!(aliases, characters, keys, numbers, strings, structure, tags, words);

/// Reads every case and compares the outcome; all that differ are reported together.
fn check(cases: &str) {
    let cases = document::json(any_source(), cases).expect("the case file is JSON").to_value();
    let cases = cases.as_array().expect("a list of cases");
    let wrong: Vec<String> = cases.iter().filter_map(|case| complaint(case).err()).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn complaint(case: &Value) -> Result<(), String> {
    let text = |key: &str| case.lookup(&[key]).and_then(Value::as_str);
    let note = text("note").expect("a note");
    let yaml = text("yaml").expect("a text");
    let outcome = document::yaml(any_source(), yaml).map(|node| node.to_value().to_json());
    // Where this reader differs on purpose, the case says what it does and why.
    let differs = case.lookup(&["differs"]);
    let (value, refused) = match differs {
        Some(differs) => {
            assert!(differs.lookup(&["reason"]).is_some(), "{note}: no reason");
            let text = |key: &str| differs.lookup(&[key]).and_then(Value::as_str);
            (text("value"), text("refused"))
        }
        None => (text("value"), text("refused")),
    };
    match (outcome, value, refused) {
        (Ok(ours), Some(theirs), None) if ours == theirs => Ok(()),
        (Ok(ours), Some(theirs), None) => {
            Err(format!("{note}: read as {ours} instead of {theirs}: {yaml:?}"))
        }
        (Err(error), Some(theirs), None) => {
            Err(format!("{note}: refused with `{}` instead of {theirs}: {yaml:?}", error.message))
        }
        (Ok(ours), None, Some(reason)) => {
            Err(format!("{note}: read as {ours} and not refused with `{reason}`: {yaml:?}"))
        }
        (Err(error), None, Some(_)) => {
            let span = error.span.unwrap_or_else(|| panic!("{note}: no place: {}", error.message));
            let end = u32::try_from(yaml.len()).expect("a short text");
            let within = span.start <= span.end && span.end <= end;
            if within { Ok(()) } else { Err(format!("{note}: {span:?} lies outside of {yaml:?}")) }
        }
        (_, value, refused) => panic!("{note}: needs a value or a refusal, has {value:?} and {refused:?}"),
    }
}

fn any_source() -> SourceId {
    Sources::new().add(Source::new("case", ""))
}
