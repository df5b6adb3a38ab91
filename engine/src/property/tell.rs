//! Counterexamples as people read them: what is so and should not be, how the input was made, and a test to keep.

use std::fmt::Write as _;

use super::check::{Check, Saved};
use super::kind::{Kind, Wanted};
use super::shrink::Found;
use super::variable;
use crate::probe::decision::Verdict;
use crate::probe::edit::Case;
use crate::probe::paste::{self, Expected, Replaced};
use crate::suite::table::Expectation;
use crate::value::Value;

/// A case that breaks a property.
#[derive(Debug, Clone, PartialEq)]
pub struct Counterexample {
    /// What should be so.
    pub expected: String,
    /// What is so.
    pub actual: String,
    /// How the case was made, a line for each change.
    pub made: Vec<String>,
    /// The input that is decided on.
    pub input: Option<Value>,
    /// A row for a table suite, where one can say it.
    pub table_case: Option<String>,
    /// A test in Rego, where one can say it.
    pub rego_test: Option<String>,
    /// The case as it is tried again.
    pub again: Saved,
}

impl Counterexample {
    /// What there is to read below what is expected and what is so.
    pub fn details(&self) -> String {
        let mut text = String::new();
        for line in &self.made {
            _ = writeln!(text, "{line}");
        }
        for (what, pasted) in
            [("as a row of a table suite:", &self.table_case), ("as a test in Rego:", &self.rego_test)]
        {
            if let Some(pasted) = pasted {
                _ = writeln!(text, "{what}");
                pasted.lines().for_each(|line| _ = writeln!(text, "  {}", line.replace('\t', "  ")));
            }
        }
        if let (None, None, Some(input)) = (&self.table_case, &self.rego_test, &self.input) {
            _ = writeln!(text, "the input: {}", input.to_json());
        }
        text
    }
}

/// What is told of a case that was found.
pub(super) fn counterexample(check: &Check, found: &Found) -> Counterexample {
    let loaded = check.arena.subject().policy.data();
    let decision = &check.arena.subject().decision;
    let property = &check.property;
    let name = format!("{} {}", check.set.name, property.id);
    let case = found.broken.change.as_ref().map_or(&found.case, |(_, after)| after);
    let decided = decision.name();
    let (row, asked) = match &found.broken.wanted {
        Wanted::Nothing => match &property.kind {
            Kind::Rule { path, .. } => (None, Some(crate::suite::table::path::show("data", path))),
            Kind::AllowRequires(_)
            | Kind::NeverAllowWhen(..)
            | Kind::DependsOn(_)
            | Kind::OnMissing(..)
            | Kind::MustAllow(_)
            | Kind::EquivalentTo(..)
            | Kind::Expect(_)
            | Kind::Agrees(..)
            | Kind::Changes(_) => (None, None),
        },
        Wanted::Verdict(verdict) => return verdict_told(check, found, &name, case, *verdict),
        Wanted::Answer(Expectation::Allow) => (Some("allow".to_owned()), Some(decided)),
        Wanted::Answer(Expectation::Deny) => (Some("deny".to_owned()), Some(format!("{decided} == false"))),
        Wanted::Answer(Expectation::Undefined) => {
            (Some("undefined".to_owned()), Some(format!("count({{v | v := {decided}}}) == 0")))
        }
        Wanted::Answer(Expectation::Error(code)) => (Some(format!("{{error: {code}}}")), None),
        Wanted::Answer(Expectation::Want(value)) => (
            Some(format!("{{want: {}}}", value.to_json())),
            Some(format!("{decided} == {}", paste::rego_term(value))),
        ),
    };
    let replaced = Replaced::between(loaded, &case.data);
    let table_case = row.map(|row| paste::table_row(&name, case, &replaced, &row));
    let rego_name = paste::test_name(&name);
    let rego_test = asked.map(|asked| paste::rego_test_that(&rego_name, &asked, case, &replaced));
    told(check, found, case, table_case, rego_test)
}

fn verdict_told(check: &Check, found: &Found, name: &str, case: &Case, verdict: Verdict) -> Counterexample {
    let subject = check.arena.subject();
    let replaced = Replaced::between(subject.policy.data(), &case.data);
    let (decision, value) = (&subject.decision, subject.value(case));
    let expected = Expected::Verdict(verdict, value.as_ref());
    // A set of objections has no row that says "not empty".
    let row = match subject.decision.reading {
        crate::probe::decision::Reading::Grants => {
            Some(paste::table_case(name, decision, case, &replaced, expected))
        }
        crate::probe::decision::Reading::Objections => None,
    };
    let test = paste::rego_test(&paste::test_name(name), decision, case, &replaced, expected);
    told(check, found, case, row, Some(test))
}

fn told(
    check: &Check,
    found: &Found,
    case: &Case,
    table_case: Option<String>,
    rego_test: Option<String>,
) -> Counterexample {
    let changes = match found.edits.len() {
        0 => String::new(),
        1 => ", with one change".to_owned(),
        more => format!(", with {more} changes"),
    };
    let mut made = vec![format!("found from {}{changes}", found.seed)];
    made.extend(found.edits.iter().map(|edit| format!("  {edit}")));
    if let Some(bound) = found.variables.as_ref().and_then(Value::as_object) {
        made.push(format!("for {}", variable::in_words(&check.property.each)));
        let each = bound.iter().filter_map(|(name, value)| Some((name.as_str()?, value)));
        made.extend(each.map(|(name, value)| format!("  {name} = {}", value.to_rego())));
    }
    made.extend(check.property.title.iter().map(|title| format!("which says: {title}")));
    let Case { input, data } = found.raw.clone();
    let is_loaded = data == *check.arena.subject().policy.data();
    let again = Saved { input, data: (!is_loaded).then_some(data), variables: found.variables.clone() };
    Counterexample {
        expected: found.broken.expected.clone(),
        actual: found.broken.actual.clone(),
        made,
        input: case.input.clone(),
        table_case,
        rego_test,
        again,
    }
}
