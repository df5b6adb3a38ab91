//! Cases as a person writes them down: a row of a table suite, or a test in Rego.

use std::fmt::Write as _;
use std::sync::Arc;

use super::decision::{Decision, Reading, Verdict};
use super::edit::Case;
use super::place::Place;
use crate::policy::Override;
use crate::policy::ref_text::ref_text;
use crate::source::SourceId;
use crate::syntax::{self, ParseOptions};
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

/// What a test expects of a decision.
#[derive(Debug, Clone, Copy)]
pub enum Expected<'e> {
    /// The value that it has, or none.
    Value(Option<&'e Value>, Verdict),
    /// A verdict; the value tells what kind of value the decision has.
    Verdict(Verdict, Option<&'e Value>),
}

impl<'e> Expected<'e> {
    fn verdict(self) -> Verdict {
        match self {
            Self::Value(_, verdict) | Self::Verdict(verdict, _) => verdict,
        }
    }

    fn value(self) -> Option<&'e Value> {
        match self {
            Self::Value(value, _) | Self::Verdict(_, value) => value,
        }
    }

    /// The member of a decision that says whether somebody is let in, with a dot before it; nothing if the decision does.
    fn member(self) -> &'static str {
        match self.value().and_then(Value::as_object) {
            Some(object) if object.get_str("allow").is_some() => ".allow",
            Some(_) => ".allowed",
            None => "",
        }
    }
}

/// A case of a table suite that asks for the decision.
pub fn table_case(
    name: &str,
    decision: &Decision,
    case: &Case,
    replaced: &Replaced,
    expected: Expected<'_>,
) -> String {
    let expect = match (expected, expected.verdict()) {
        (_, Verdict::Error(code)) => format!("{{ error: {} }}", code.as_str()),
        (Expected::Value(Some(Value::Bool(true)), _), _) | (Expected::Verdict(..), Verdict::Allow) => {
            "allow".to_owned()
        }
        (Expected::Value(Some(Value::Bool(false)), _), _) | (Expected::Verdict(..), Verdict::Deny) => {
            "deny".to_owned()
        }
        (Expected::Value(Some(value), _), _) => format!("{{ want: {} }}", value.to_json()),
        (Expected::Value(None, _), _) => "undefined".to_owned(),
    };
    let row = table_row(name, case, replaced, &expect);
    match (expected, expected.member()) {
        (Expected::Value(..), _) | (_, "") => row,
        (Expected::Verdict(..), member) => {
            format!("# in a suite with `query: {}{member}`\n{row}", decision.name())
        }
    }
}

/// A row of a table suite with this expectation, as rows write it.
pub fn table_row(name: &str, case: &Case, replaced: &Replaced, expect: &str) -> String {
    let mut text = String::new();
    _ = writeln!(text, "- name: {}", json_string(name));
    if let Some(input) = &case.input {
        _ = writeln!(text, "  input: {}", input.to_json_with(JsonStyle::Compact));
    }
    for (index, Override { path, value }) in replaced.documents.iter().enumerate() {
        if index == 0 {
            text.push_str("  with:\n");
        }
        let key = json_string(&data_ref(path));
        _ = writeln!(text, "    {key}: {}", value.to_json_with(JsonStyle::Compact));
    }
    _ = writeln!(text, "  expect: {expect}");
    lost(replaced, "  # ", &mut text);
    text
}

/// A test in Rego of this name, in the syntax of Rego since OPA 1.0.
pub fn rego_test(
    name: &str,
    decision: &Decision,
    case: &Case,
    replaced: &Replaced,
    expected: Expected<'_>,
) -> String {
    let decided = decision.name();
    let is_allowed = expected.verdict() == Verdict::Allow;
    let condition = match (decision.reading, expected.value()) {
        (Reading::Objections, Some(Value::Bool(_)) | None) if is_allowed => format!("not {decided}"),
        (Reading::Objections, Some(Value::Bool(_)) | None) => decided,
        (Reading::Objections, Some(_)) if is_allowed => format!("count({decided}) == 0"),
        (Reading::Objections, Some(_)) => format!("count({decided}) > 0"),
        (Reading::Grants, _) if is_allowed => format!("{decided}{}", expected.member()),
        (Reading::Grants, _) => format!("not {decided}{}", expected.member()),
    };
    rego_test_that(name, &condition, case, replaced)
}

/// A test in Rego of this name that a condition holds.
pub fn rego_test_that(name: &str, condition: &str, case: &Case, replaced: &Replaced) -> String {
    let mut text = format!("{name} if {{\n\t{condition}");
    let mut between = " ";
    if let Some(input) = &case.input {
        _ = write!(text, " with input as {}", rego_term(input));
        between = "\n\t\t";
    }
    for Override { path, value } in &replaced.documents {
        _ = write!(text, "{between}with {} as {}", data_ref(path), rego_term(value));
        between = "\n\t\t";
    }
    text.push_str("\n}\n");
    lost(replaced, "# ", &mut text);
    text
}

/// A value as a term that can be read. The way in which OPA shows some characters in strings is none that it reads.
pub fn rego_term(value: &Value) -> String {
    let text = value.to_rego();
    let is_read = syntax::parse_query(SourceId::default(), &text, &ParseOptions::default()).is_ok();
    if is_read { text } else { value.to_json() }
}

/// The name of a test rule about something: its letters and digits.
pub fn test_name(about: &str) -> String {
    let words: String =
        about.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    let words = words.split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_").to_lowercase();
    format!("test_{words}")
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
