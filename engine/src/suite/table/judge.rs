//! Compares an answer with what a case expects, and says in words how they differ.

use std::fmt::Write as _;

use super::{Case, Expectation, path};
use crate::document;
use crate::policy::{ErrorCode, Outcome};
use crate::source::Sources;
use crate::suggest;
use crate::suite::event::{Failure, TestError, Verdict};
use crate::suite::run::single_value;
use crate::value::Value;

/// The verdict on `outcome`.
pub(super) fn judge(case: &Case, outcome: Outcome) -> Verdict {
    let answer = match outcome {
        Outcome::Error(error) => {
            return match &case.expect {
                Expectation::Error(code) if *code == error.code => Verdict::Pass,
                // Nobody asked the policy: the run was stopped, or the time was up.
                Expectation::Error(_) if error.code != ErrorCode::Cancel => {
                    fail(case, format!("error {}: {}", error.code, bounded(&error.message)), None)
                }
                Expectation::Error(_)
                | Expectation::Allow
                | Expectation::Deny
                | Expectation::Undefined
                | Expectation::Want(_) => Verdict::Error(TestError::Evaluation(error)),
            };
        }
        Outcome::Undefined => Answer::NoDecision,
        Outcome::Defined(results) => match single_value(results) {
            None => Answer::NoDecision,
            Some(decision) => match decision.lookup(&case.select) {
                None => Answer::NoPart(decision),
                Some(part) => Answer::Value(part.clone()),
            },
        },
    };
    match answer {
        Answer::Value(value) => judge_value(case, &value),
        Answer::NoDecision | Answer::NoPart(_) if case.expect == Expectation::Undefined => Verdict::Pass,
        Answer::NoDecision => fail(case, "undefined".to_owned(), Some(why_undefined(case))),
        Answer::NoPart(decision) => {
            let actual =
                format!("no `{}` in the decision {}", path::show_inner(&case.select), shown(&decision));
            fail(case, actual, Some(why_no_part(case, &decision)))
        }
    }
}

/// What the policy answered, once it could.
enum Answer {
    /// The part of the decision that is compared.
    Value(Value),
    /// The decision is undefined.
    NoDecision,
    /// There is a decision, without the part that the suite selects.
    NoPart(Value),
}

fn judge_value(case: &Case, value: &Value) -> Verdict {
    let (holds, hint) = match &case.expect {
        Expectation::Allow => (value.as_bool() == Some(true), why_not_boolean(case, value)),
        Expectation::Deny => (value.as_bool() == Some(false), why_not_boolean(case, value)),
        Expectation::Undefined => (false, why_defined(value)),
        Expectation::Error(code) => (false, why_no_error(*code)),
        Expectation::Want(want) => {
            if value == want {
                return Verdict::Pass;
            }
            let json = as_json(value);
            (json == *want, Some(first_difference(want, &json)))
        }
    };
    if holds { Verdict::Pass } else { fail(case, answered(&case.expect, value), hint) }
}

fn fail(case: &Case, actual: String, hint: Option<String>) -> Verdict {
    Verdict::Fail(Failure::Unexpected { expected: expected(&case.expect), actual, hint })
}

fn expected(expect: &Expectation) -> String {
    match expect {
        Expectation::Allow => "allow (true)".to_owned(),
        Expectation::Deny => "deny (false)".to_owned(),
        Expectation::Undefined => "undefined".to_owned(),
        Expectation::Error(code) => format!("error {code}"),
        Expectation::Want(value) => shown(value),
    }
}

fn answered(expect: &Expectation, value: &Value) -> String {
    let decides = matches!(expect, Expectation::Allow | Expectation::Deny | Expectation::Undefined);
    match value {
        Value::Bool(true) if decides => "allow (true)".to_owned(),
        Value::Bool(false) if decides => "deny (false)".to_owned(),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_)
        | Value::Set(_) => shown(value),
    }
}

fn why_undefined(case: &Case) -> String {
    let query = path::show("data", &case.query);
    let rule = match case.query.split_last() {
        Some((rule, package)) if !package.is_empty() && path::is_identifier(rule) => {
            Some((rule, path::show("", package)))
        }
        _ => None,
    };
    match (&case.expect, rule) {
        (Expectation::Deny, Some((rule, package))) => {
            let value = default_for(&case.select);
            format!(
                "no default rule answered: add `default {rule} := {value}` to package `{package}`, or check \
                 that `query` names a rule"
            )
        }
        (Expectation::Deny, None) => {
            format!("no default rule answered: give `{query}` a default, or check that `query` names a rule")
        }
        (Expectation::Error(ErrorCode::Builtin | ErrorCode::Type), _) => BUILTIN_ERRORS.to_owned(),
        (Expectation::Allow | Expectation::Want(_) | Expectation::Error(_) | Expectation::Undefined, _) => {
            format!(
                "no rule answered `{query}`: no body held and there is no default, or `query` names no rule"
            )
        }
    }
}

/// A decision that denies: `false`, or an object with a `false` at the selected path.
fn default_for(select: &[impl AsRef<str>]) -> Value {
    select.iter().rev().fold(Value::Bool(false), |value, name| {
        Value::Object([(Value::from(name.as_ref()), value)].into_iter().collect())
    })
}

fn why_no_part(case: &Case, decision: &Value) -> String {
    // The first name on the path that is missing, and the value that does not have it.
    let mut value = decision;
    for name in case.select.iter() {
        if let Some(part) = value.lookup(std::slice::from_ref(name)) {
            value = part;
            continue;
        }
        return match value {
            Value::Object(object) if object.is_empty() => "the object is empty".to_owned(),
            Value::Object(object) => {
                let keys: Vec<&str> = object.keys().filter_map(Value::as_str).collect();
                suggest::help(name, "the keys there are", &keys)
            }
            Value::Array(array) => format!("`{name}` is none of the indices of an array of {}", array.len()),
            Value::Set(_) => format!("`{name}` can't be selected: a set has no keys"),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                format!("`{name}` can't be selected from {}: leave out `select`", with_article(value))
            }
        };
    }
    "check `select`".to_owned()
}

fn why_not_boolean(case: &Case, value: &Value) -> Option<String> {
    match value {
        Value::Bool(_) => None,
        Value::Object(object) => {
            let known = DECISION_KEYS.iter().find(|key| matches!(object.get_str(key), Some(Value::Bool(_))));
            let mut path = case.select.to_vec();
            path.extend(known.map(|key| (*key).into()));
            Some(match known {
                Some(_) => format!("the decision is an object: add `select: {}`", path::show_inner(&path)),
                None => {
                    "the decision is an object: pick its boolean with `select`, or compare it with `want`"
                        .to_owned()
                }
            })
        }
        Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Set(_) => {
            Some(format!("the decision is {}, not a boolean: compare it with `want`", with_article(value)))
        }
    }
}

fn why_defined(value: &Value) -> Option<String> {
    (value.as_bool() == Some(false)).then(|| {
        "undefined is no value at all, and a rule or a default answered `false`: expect `deny`".to_owned()
    })
}

fn why_no_error(code: ErrorCode) -> Option<String> {
    match code {
        ErrorCode::Builtin | ErrorCode::Type => Some(BUILTIN_ERRORS.to_owned()),
        ErrorCode::Conflict
        | ErrorCode::Cancel
        | ErrorCode::WithMerge
        | ErrorCode::Internal
        | ErrorCode::Limit => None,
    }
}

/// The value as `opa eval` and OPA's API write it, since tables can write nothing else: sets are sorted arrays, and
/// all keys are strings.
fn as_json(value: &Value) -> Value {
    // The text is in memory only: it needs an id, and nobody will see it.
    let scratch = Sources::new().add(crate::source::Source::new("", ""));
    document::json(scratch, &value.to_json()).map_or_else(|_| value.clone(), |node| node.to_value())
}

/// Where two values that are not equal first differ, and how.
fn first_difference(want: &Value, actual: &Value) -> String {
    let (mut want, mut actual, mut at) = (want, actual, String::new());
    for _ in 0..MAX_DESCENT {
        let step = match (want, actual) {
            (Value::Object(left), Value::Object(right)) => {
                if let Some(key) = left.keys().find(|key| !right.contains_key(key)) {
                    return format!("{}the key {} is missing", place(&at), shown(key));
                }
                if let Some(key) = right.keys().find(|key| !left.contains_key(key)) {
                    return format!("{}the key {} is not expected", place(&at), shown(key));
                }
                left.iter()
                    .zip(right.values())
                    .find(|((_, value), other)| value != other)
                    .map(|((key, value), other)| (key.clone(), value, other))
            }
            (Value::Array(left), Value::Array(right)) => {
                let differing =
                    left.iter().zip(right).zip(0_u64..).find(|((value, other), _)| value != other);
                if differing.is_none() {
                    return format!("{}{} elements, not {}", place(&at), right.len(), left.len());
                }
                differing.map(|((value, other), index)| (Value::from(index), value, other))
            }
            _ => None,
        };
        let Some((key, value, other)) = step else { break };
        // Writing to a string can't fail.
        let _ = write!(at, "[{}]", bounded(&key.to_rego()));
        (want, actual) = (value, other);
    }
    if want.type_name() == actual.type_name() {
        format!("{}{} is expected, not {}", place(&at), shown(want), shown(actual))
    } else {
        let (left, right) = (with_article(want), with_article(actual));
        format!("{}{left} is expected, {}, not {right}, {}", place(&at), shown(want), shown(actual))
    }
}

fn place(at: &str) -> String {
    if at.is_empty() { String::new() } else { format!("at `{at}`: ") }
}

fn with_article(value: &Value) -> String {
    let name = value.type_name();
    match value {
        Value::Null => name.to_owned(),
        Value::Array(_) | Value::Object(_) => format!("an {name}"),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => format!("a {name}"),
    }
}

/// The value in Rego, cut when it is long.
fn shown(value: &Value) -> String {
    bounded(&value.to_rego())
}

/// The text, cut when it is long.
fn bounded(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => {
            let left_out = text.chars().count().saturating_sub(MAX_SHOWN);
            format!("{}… ({left_out} more characters)", text.get(..end).unwrap_or_default())
        }
    }
}

const BUILTIN_ERRORS: &str =
    "unless built-in errors are strict, one makes its call undefined, and nothing else";
/// What the boolean of a decision that is an object is most often called.
const DECISION_KEYS: [&str; 4] = ["allow", "allowed", "result", "decision"];
/// How many characters of a value are shown.
const MAX_SHOWN: usize = 400;
/// How deep the search for a difference goes; what lies deeper is shown from there.
const MAX_DESCENT: usize = 32;

#[cfg(test)]
mod tests;
