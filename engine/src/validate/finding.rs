//! What the rules of a pack say: their names, and the elements of their answers.

use std::sync::Arc;

use crate::document::Step;
use crate::value::{Number, Value};

/// What a rule is about, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleClass {
    /// `deny`, `deny_...`, `violation`, `violation_...`: what must not be.
    Deny,
    /// `warn`, `warn_...`: what should be another way.
    Warn,
}

/// What a rule of this name says of a document; nothing if it says nothing. The names are those of conftest.
pub fn rule_class(name: &str) -> Option<RuleClass> {
    let (word, rest) = match name.split_once('_') {
        Some((word, rest)) => (word, Some(rest)),
        None => (name, None),
    };
    let is_name = rest.is_none_or(|rest| {
        rest.split('_').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    });
    match word {
        "deny" | "violation" if is_name => Some(RuleClass::Deny),
        "warn" if is_name => Some(RuleClass::Warn),
        _ => None,
    }
}

/// The name by which exceptions know a rule: `privileged` of `deny_privileged`, nothing of `deny`.
pub fn exempt_name(name: &str) -> &str {
    name.split_once('_').map_or("", |(_, rest)| rest)
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub message: String,
    /// The id of the rule, if the element has one.
    pub rule: Option<String>,
    /// The way from the root of the document to what is wrong, if the element says it.
    pub path: Option<Vec<Step>>,
    /// Which entry of a combined input, if the element says it.
    pub document: Option<usize>,
    /// What can happen otherwise.
    pub why: Option<String>,
    /// What to write instead.
    pub help: Option<String>,
}

/// Reads the answer of a rule: a set or an array of texts, or of objects with a text `msg`.
///
/// # Errors
/// What else it is. That such a rule found nothing can't be said.
pub fn findings(answer: &Value) -> Result<Vec<Finding>, String> {
    let elements: Vec<&Value> = match answer {
        Value::Set(set) => set.iter().collect(),
        Value::Array(array) => array.iter().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            return Err(format!("is {} and no set of findings", answer.describe()));
        }
    };
    elements.into_iter().map(finding).collect()
}

fn finding(element: &Value) -> Result<Finding, String> {
    let object = match element {
        Value::String(text) => {
            let message = text.to_string();
            return Ok(Finding { message, rule: None, path: None, document: None, why: None, help: None });
        }
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Set(_) => {
            return Err(format!("has an element that is {}, not a text or an object", element.describe()));
        }
    };
    let text = |key: &str| object.get_str(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let own = |key: &str| text(key).map(ToOwned::to_owned);
    let message = own("msg").ok_or("has an element without a text `msg`")?;
    let number = object.get_str("document").and_then(Value::as_number).and_then(Number::as_i64);
    Ok(Finding {
        message,
        rule: own("rule"),
        path: object.get_str("path").and_then(path),
        document: number.and_then(|number| usize::try_from(number).ok()),
        why: own("why"),
        help: own("help"),
    })
}

/// A path of keys and numbers, or a JSON pointer.
fn path(value: &Value) -> Option<Vec<Step>> {
    match value {
        Value::Array(steps) => steps.iter().map(step).collect(),
        Value::String(text) => {
            let pointer = text.strip_prefix('#').unwrap_or(text);
            if pointer.is_empty() {
                return Some(Vec::new());
            }
            let steps = pointer.strip_prefix('/')?.split('/').map(|step| {
                step.parse().map_or_else(
                    |_| Step::Key(step.replace("~1", "/").replace("~0", "~").into()),
                    Step::Index,
                )
            });
            Some(steps.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Set(_) | Value::Object(_) => None,
    }
}

fn step(value: &Value) -> Option<Step> {
    match value {
        Value::String(key) => Some(Step::Key(Arc::clone(key))),
        Value::Number(number) => usize::try_from(number.as_i64()?).ok().map(Step::Index),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Set(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{RuleClass, findings, rule_class};
    use crate::document::json;
    use crate::source::SourceId;
    use crate::validate::pointer;
    use crate::value::Value;

    fn value(text: &str) -> Value {
        json(SourceId::default(), text).expect("it is read").to_value()
    }

    #[test]
    fn rules_are_known_by_the_names_that_conftest_knows() {
        for (name, class) in [
            ("deny", Some(RuleClass::Deny)),
            ("deny_a", Some(RuleClass::Deny)),
            ("violation_a_B2", Some(RuleClass::Deny)),
            ("violation", Some(RuleClass::Deny)),
            ("warn", Some(RuleClass::Warn)),
            ("warn_x", Some(RuleClass::Warn)),
            ("denyx", None),
            ("deny_", None),
            ("deny__a", None),
            ("warned", None),
            ("allow", None),
        ] {
            assert_eq!(rule_class(name), class, "{name}");
        }
    }

    #[test]
    fn elements_are_texts_or_objects() {
        let read = findings(&value(
            r##"["text", {"msg": "m", "rule": "r", "path": ["a", 1, "2"], "document": 3, "why": "w", "help": ""},
                {"msg": "p", "path": "#/a~1b/0"}, {"msg": "q", "path": [true]}]"##,
        ))
        .expect("they are read");
        let pointers: Vec<_> = read.iter().map(|one| one.path.as_deref().map(pointer)).collect();
        assert_eq!(pointers, [None, Some("/a/1/2".into()), Some("/a~1b/0".into()), None]);
        let [text, object, ..] = &*read else { panic!("{read:?}") };
        assert_eq!((&*text.message, text.rule.as_deref()), ("text", None));
        assert_eq!(
            (object.document, object.why.as_deref(), object.help.as_deref()),
            (Some(3), Some("w"), None)
        );
    }

    #[test]
    fn any_other_answer_is_an_error() {
        for (answer, reason) in [
            ("true", "is a boolean and no set of findings"),
            (r#"{"a": 1}"#, "is an object and no set of findings"),
            ("[1]", "has an element that is a number, not a text or an object"),
            (r#"[{"message": "m"}]"#, "has an element without a text `msg`"),
            (r#"[{"msg": ""}]"#, "has an element without a text `msg`"),
        ] {
            assert_eq!(findings(&value(answer)), Err(reason.to_owned()), "{answer}");
        }
    }
}
