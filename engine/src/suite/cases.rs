//! The cases of parameterised tests: which there were, and how each went, as `opa test` judges them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::event::Why;
use crate::explain::CaseExplanation;
use crate::value::{Object, Value};

/// Cases by their names, in the order of the names' bytes.
pub type Cases = BTreeMap<Arc<str>, CaseResult>;

/// How one case went.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseResult {
    /// How it went. A case with cases inside of it failed if one of them did.
    pub outcome: CaseOutcome,
    /// The cases inside of it.
    pub cases: Cases,
    /// Of one that failed and that the test named, what decided, if that was asked for.
    pub why: Option<Box<Why>>,
}

/// The ways in which a case goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseOutcome {
    /// Its value is true, or an object in which nothing failed.
    Pass,
    /// It came to its name and then did not hold, or its value is none that passes.
    Fail,
    /// Its value is null: OPA lets it pass, and reports it without its name.
    Null,
}

impl CaseResult {
    /// Whether it failed.
    pub fn failed(&self) -> bool {
        self.outcome == CaseOutcome::Fail
    }
}

/// How the cases of a test went.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Judgement {
    /// The cases.
    pub(super) cases: Cases,
    /// Whether the test failed: one of its cases did, or it came to a case without a name.
    pub(super) failed: bool,
}

/// Judges a test by its value, an object by the names of cases, and by the keys of the cases that it came to.
///
/// A case that the test came to and that is not in the value failed.
pub(super) fn judge(value: &Value, came_to: &[Value]) -> Judgement {
    let mut judgement = value.as_object().map(|object| of_object(object, 0)).unwrap_or_default();
    for keys in came_to {
        let keys = keys.as_array().map(crate::value::Array::as_slice).unwrap_or_default();
        judgement.failed |= come_to(&mut judgement.cases, keys);
    }
    judgement
}

/// How many cases there are that have no cases inside of them: how many passed, and how many failed.
pub(super) fn count(cases: &Cases) -> (usize, usize) {
    cases.values().fold((0, 0), |(passed, failed), case| {
        let (more_passed, more_failed) = match (case.cases.is_empty(), case.outcome) {
            (false, _) => count(&case.cases),
            (true, CaseOutcome::Pass | CaseOutcome::Null) => (1, 0),
            (true, CaseOutcome::Fail) => (0, 1),
        };
        (passed + more_passed, failed + more_failed)
    })
}

/// Tells the cases that failed what decided about them.
pub(super) fn explain(cases: &mut Cases, explanations: Vec<CaseExplanation>) {
    for CaseExplanation { keys, decisions, builtin_errors } in explanations {
        let Some((last, around)) = keys.split_last() else { continue };
        let inside = around
            .iter()
            .try_fold(&mut *cases, |cases, key| cases.get_mut(&name(key)).map(|case| &mut case.cases));
        let Some(case) = inside.and_then(|cases| cases.get_mut(&name(last))) else { continue };
        if case.failed() {
            // Keys of two kinds may have one name.
            let why = case.why.get_or_insert_default();
            why.decisions.extend(decisions);
            why.builtin_errors.extend(builtin_errors);
        }
    }
}

fn of_object(object: &Object, level: usize) -> Judgement {
    let mut judgement = Judgement::default();
    for (key, value) in object {
        let case = of_value(value, level + 1);
        judgement.failed |= case.failed();
        judgement.cases.insert(name(key), case);
    }
    judgement
}

fn of_value(value: &Value, level: usize) -> CaseResult {
    let plain = |outcome| CaseResult { outcome, cases: Cases::new(), why: None };
    match value {
        Value::Null => plain(CaseOutcome::Null),
        Value::Bool(true) => plain(CaseOutcome::Pass),
        Value::Object(object) if level < MAX_LEVELS => {
            let Judgement { cases, failed } = of_object(object, level);
            let outcome = if failed { CaseOutcome::Fail } else { CaseOutcome::Pass };
            CaseResult { outcome, cases, why: None }
        }
        Value::Bool(false)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Set(_)
        | Value::Object(_) => plain(CaseOutcome::Fail),
    }
}

/// Enters a case that a test came to; answers whether it failed.
fn come_to(cases: &mut Cases, keys: &[Value]) -> bool {
    let Some((first, rest)) = keys.split_first() else { return true };
    let unknown = || CaseResult { outcome: CaseOutcome::Fail, cases: Cases::new(), why: None };
    let case = cases.entry(name(first)).or_insert_with(unknown);
    if rest.is_empty() {
        return case.failed();
    }
    let failed = come_to(&mut case.cases, rest);
    if failed {
        case.outcome = CaseOutcome::Fail;
    }
    failed
}

/// A key as a name: a string as it is, anything else as JSON.
fn name(key: &Value) -> Arc<str> {
    key.as_str().map_or_else(|| key.to_json().into(), Arc::from)
}

/// How deep cases nest; an object that is deeper than this fails.
const MAX_LEVELS: usize = 200;

#[cfg(test)]
mod tests {
    use super::{CaseOutcome, Cases, count, judge};
    use crate::document;
    use crate::source::SourceId;
    use crate::value::Value;

    fn value(json: &str) -> Value {
        document::json(SourceId::default(), json).expect("a document").to_value()
    }

    fn shown(cases: &Cases) -> String {
        let case = |(name, case): (&std::sync::Arc<str>, &super::CaseResult)| {
            let outcome = match case.outcome {
                CaseOutcome::Pass => "+",
                CaseOutcome::Fail => "-",
                CaseOutcome::Null => "0",
            };
            let inside =
                if case.cases.is_empty() { String::new() } else { format!("({})", shown(&case.cases)) };
            format!("{outcome}{name}{inside}")
        };
        cases.iter().map(case).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_value_and_the_named_cases_make_the_results() {
        for (document, came_to, expected) in [
            ("{}", "[]", ""),
            (r#"{"a": true, "b": false, "c": 1, "d": null}"#, "[]", "+a -b -c 0d"),
            (r#"{"a": true}"#, r#"[["a"], ["b"]]"#, "+a -b"),
            (r#"{"x": {"1": true}}"#, r#"[["x", 1], ["x", 2], ["y", 1]]"#, "-x(+1 -2) -y(-1)"),
            (r#"{"x": {}, "y": {"z": false}}"#, "[]", "+x -y(-z)"),
            ("{}", r#"[[{"k": "<"}], [null], [[1.5]]]"#, r#"-[1.5] -null -{"k":"\u003c"}"#),
            (r#"{"a": true}"#, r#"[["a", "b"]]"#, "-a(-b)"),
        ] {
            let came_to = value(came_to);
            let keys: Vec<Value> = came_to.as_array().expect("an array").iter().cloned().collect();
            let judgement = judge(&value(document), &keys);
            assert_eq!(shown(&judgement.cases), expected, "{document}");
            assert_eq!(judgement.failed, expected.contains('-'), "{document}");
        }
    }

    #[test]
    fn only_cases_without_cases_inside_are_counted() {
        let keys = [value(r#"["x", "3"]"#)];
        let judgement = judge(&value(r#"{"x": {"1": true, "2": false}, "y": null, "z": {}}"#), &keys);
        assert_eq!(count(&judgement.cases), (3, 2));
    }

    #[test]
    fn a_case_without_a_name_fails_the_test() {
        assert!(judge(&value("{}"), &[value("[]")]).failed);
    }

    #[test]
    fn an_object_that_nests_too_deep_fails() {
        let deep = |levels: usize| value(&format!("{}true{}", r#"{"a":"#.repeat(levels), "}".repeat(levels)));
        assert!(!judge(&deep(200), &[]).failed);
        assert!(judge(&deep(202), &[]).failed);
    }
}
