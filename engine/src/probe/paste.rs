//! Cases as a person writes them down: a row of a table suite, or a test in Rego.

use std::fmt::Write as _;
use std::sync::Arc;

use super::decision::{Decision, Reading, Verdict};
use super::edit::Case;
use super::place::Place;
use crate::policy::Override;
use crate::policy::ref_text::ref_text;
use crate::value::{JsonStyle, Value, json_string};

/// What has to stand in the place of base documents that are loaded so that they are those of a case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replaced {
    /// Documents that are other ones.
    pub documents: Vec<Override>,
    /// Documents that are loaded and not there in the case: neither a row nor a test can take them away.
    pub lost: Vec<String>,
}

impl Replaced {
    /// What is different between the documents that are loaded and those of a case.
    pub fn between(loaded: &Value, case: &Value) -> Self {
        let mut replaced = Self::default();
        replaced.compare(&mut Vec::new(), loaded, case);
        replaced
    }

    fn compare(&mut self, path: &mut Vec<Arc<str>>, loaded: &Value, case: &Value) {
        if loaded == case {
            return;
        }
        let (Value::Object(before), Value::Object(after)) = (loaded, case) else {
            self.documents.push(Override { path: path.clone(), value: case.clone() });
            return;
        };
        for key in before.keys().filter(|key| after.get(key).is_none()) {
            let mut steps: Vec<Value> = path.iter().cloned().map(Value::String).collect();
            steps.push(key.clone());
            self.lost.push(Place::data(steps).to_string());
        }
        for (key, value) in after {
            let Value::String(name) = key else { continue };
            path.push(Arc::clone(name));
            match before.get(key) {
                Some(known) if path.len() < MAX_DEPTH => self.compare(path, known, value),
                Some(known) if known == value => {}
                Some(_) | None => self.documents.push(Override { path: path.clone(), value: value.clone() }),
            }
            path.pop();
        }
    }
}

/// A row of a table suite that expects the verdict.
pub fn table_case(name: &str, case: &Case, loaded: &Value, expect: Verdict) -> String {
    let mut text = format!("- name: {}\n", json_string(name));
    if let Some(input) = &case.input {
        _ = writeln!(text, "  input: {}", input.to_json_with(JsonStyle::Compact));
    }
    let replaced = Replaced::between(loaded, &case.data);
    for (index, Override { path, value }) in replaced.documents.iter().enumerate() {
        if index == 0 {
            text.push_str("  with:\n");
        }
        let key = json_string(&data_ref(path));
        _ = writeln!(text, "    {key}: {}", value.to_json_with(JsonStyle::Compact));
    }
    let expected = match expect {
        Verdict::Allow => "allow".to_owned(),
        Verdict::Deny => "deny".to_owned(),
        Verdict::Error(code) => format!("{{error: {}}}", code.as_str()),
    };
    _ = writeln!(text, "  expect: {expected}");
    lost(&replaced, "  # ", &mut text);
    text
}

/// A test in Rego that expects the verdict.
pub fn rego_test(name: &str, decision: &Decision, case: &Case, loaded: &Value, expect: Verdict) -> String {
    let mut text = String::new();
    let words: String = name
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character } else { '_' })
        .collect();
    let words = words.split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_").to_lowercase();
    let decided = decision.name();
    let asked = match (decision.reading, expect) {
        (Reading::Grants, Verdict::Allow) => decided,
        (Reading::Grants, Verdict::Deny | Verdict::Error(_)) => format!("not {decided}"),
        (Reading::Objections, Verdict::Allow) => format!("count({decided}) == 0"),
        (Reading::Objections, Verdict::Deny | Verdict::Error(_)) => format!("count({decided}) > 0"),
    };
    _ = writeln!(text, "test_{words} if {{");
    _ = write!(text, "\t{asked}");
    let mut between = " ";
    if let Some(input) = &case.input {
        _ = write!(text, " with input as {}", input.to_rego());
        between = "\n\t\t";
    }
    let replaced = Replaced::between(loaded, &case.data);
    for Override { path, value } in &replaced.documents {
        _ = write!(text, "{between}with {} as {}", data_ref(path), value.to_rego());
        between = "\n\t\t";
    }
    text.push_str("\n}\n");
    lost(&replaced, "# ", &mut text);
    text
}

fn lost(replaced: &Replaced, comment: &str, text: &mut String) {
    if !replaced.lost.is_empty() {
        _ = writeln!(text, "{comment}only where {} is not loaded", replaced.lost.join(", "));
    }
}

fn data_ref(path: &[Arc<str>]) -> String {
    ref_text(std::iter::once("data").chain(path.iter().map(|step| &**step)))
}

/// Documents deeper than this are shown as a whole.
const MAX_DEPTH: usize = 4;
