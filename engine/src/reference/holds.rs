//! Finds out whether a query holds, since regorus answers some that don't: `not true`, or `1 == 2; 3`.
//!
//! The query becomes the body of a rule, where regorus judges it as OPA does. Only a single expression may be answered
//! with false: OPA shows its value.

use std::sync::Arc;

use super::{Renamed, data_ref, guard, message};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{EvalError, Outcome, QueryResult};
use crate::source::Sources;

/// An engine with one rule more, which is true when the query holds.
pub(super) struct Holds {
    engine: regorus::Engine,
    text: Arc<str>,
    rule: String,
}

impl Holds {
    /// Makes a rule of the query `text` and adds it to the modules of `engine`.
    ///
    /// # Errors
    /// What regorus has against the query.
    pub(super) fn new(engine: &regorus::Engine, text: &Arc<str>) -> Result<Self, Diagnostic> {
        let mut engine = engine.clone();
        let module = format!("package {PACKAGE}\nimport rego.v1\nholds if {{\n{text}\n}}\n");
        let added = guard(|| engine.add_policy(QUERY_NAME.to_owned(), module));
        added.map_err(|text| message::diagnostic(&Sources::new(), &text, Code::Parse))?;
        let path = [Arc::from(PACKAGE), Arc::from("holds")];
        Ok(Self { engine, text: Arc::clone(text), rule: data_ref(&path, &Renamed::new()) })
    }

    /// The engine, to set its input and limits.
    pub(super) fn engine(&mut self) -> &mut regorus::Engine {
        &mut self.engine
    }

    /// What is left of the `answer` to the query.
    ///
    /// # Errors
    /// When the answer says that the query is undefined and the rule that it holds: nobody knows its values then.
    pub(super) fn judge(&mut self, answer: Vec<QueryResult>) -> Result<Outcome, EvalError> {
        if answer.first().is_some_and(|result| self.is_one_value(result)) {
            return Ok(Outcome::Defined(answer));
        }
        let rule = self.rule.clone();
        let held = guard(|| self.engine.eval_query(rule, false));
        let holds = !held.map_err(|text| message::eval_error(&text))?.result.is_empty();
        match (holds, answer.is_empty()) {
            (false, _) => Ok(Outcome::Undefined),
            (true, false) => Ok(Outcome::Defined(answer)),
            (true, true) => Err(super::internal(NO_VALUES.to_owned())),
        }
    }

    /// Whether the query is one expression with a value to show, rather than one that holds or doesn't.
    fn is_one_value(&self, result: &QueryResult) -> bool {
        let [expression] = &*result.expressions else { return false };
        // regorus shows no more than the first expression that is false.
        let query = self.text.trim();
        let is_whole = !query.contains([';', '\n']) || *query == *expression.text;
        let is_after =
            |word: &str| query.strip_prefix(word).is_some_and(|rest| rest.starts_with(char::is_whitespace));
        is_whole && !QUANTIFIERS.into_iter().any(is_after)
    }
}

const PACKAGE: &str = "__portcullis_query";
const QUERY_NAME: &str = "<query.rego>";
const QUANTIFIERS: [&str; 3] = ["not", "every", "some"];
const NO_VALUES: &str = "the reference engine can't tell the values of this query, which holds; ask for one rule or document instead";
