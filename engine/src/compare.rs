//! Two engines as one: the first one's answers, and every question to which the second has another.

use std::fmt;
use std::sync::{Arc, Mutex};

use crate::diagnostic::Diagnostic;
use crate::explain::{Explained, Watch};
use crate::policy::{CompileUnit, Engine, Evaluation, Outcome, Policy, Prepared, Query, Request};
use crate::value::{Array, Object, Set, Value};

/// Evaluates with two engines. The answers are the first one's.
#[derive(Debug)]
pub struct ComparingEngine {
    first: Box<dyn Engine>,
    second: Box<dyn Engine>,
    found: Arc<Divergences>,
}

/// Where two engines disagreed, in no particular order when several threads evaluate.
#[derive(Debug, Default)]
pub struct Divergences(Mutex<Vec<Divergence>>);

/// A question to which two engines have different answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Divergence {
    /// The query as text.
    pub query: Arc<str>,
    /// What the first engine says.
    pub first: Answer,
    /// What the second engine says.
    pub second: Answer,
    /// The smallest input found with which they still disagree; none if there was none, or if they disagree without one.
    pub input: Option<Value>,
}

/// An answer, as far as two engines have to agree on it.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The values of the expressions and variables, one entry a result.
    Defined(Vec<Value>),
    /// No answer.
    Undefined,
    /// An error; the engines need not agree on its words.
    Error(String),
}

impl ComparingEngine {
    /// Compares two engines. What they disagree on is noted in the second result.
    pub fn new(first: Box<dyn Engine>, second: Box<dyn Engine>) -> (Self, Arc<Divergences>) {
        let found = Arc::new(Divergences::default());
        (Self { first, second, found: Arc::clone(&found) }, found)
    }
}

impl Divergences {
    /// What was found since the last call, sorted by query.
    pub fn take(&self) -> Vec<Divergence> {
        let mut all = self.0.lock().map(|mut all| std::mem::take(&mut *all)).unwrap_or_default();
        all.sort_by(|left, right| left.query.cmp(&right.query).then_with(|| left.input.cmp(&right.input)));
        all
    }

    fn add(&self, divergence: Divergence) {
        if let Ok(mut all) = self.0.lock() {
            all.push(divergence);
        }
    }
}

impl Engine for ComparingEngine {
    fn compile(&self, unit: &CompileUnit<'_>) -> Result<Arc<dyn Policy>, Vec<Diagnostic>> {
        let first = self.first.compile(unit)?;
        let second = self.second.compile(unit).map_err(|diagnostics| refusal(&diagnostics));
        Ok(Arc::new(ComparingPolicy { first, second, found: Arc::clone(&self.found) }))
    }
}

/// A policy of both engines; the second may have refused it.
struct ComparingPolicy {
    first: Arc<dyn Policy>,
    second: Result<Arc<dyn Policy>, String>,
    found: Arc<Divergences>,
}

impl Policy for ComparingPolicy {
    fn prepare(&self, query: &Query) -> Result<Box<dyn Prepared>, Vec<Diagnostic>> {
        let first = self.first.prepare(query)?;
        let second = match &self.second {
            Ok(policy) => policy.prepare(query).map_err(|diagnostics| refusal(&diagnostics)),
            Err(message) => Err(message.clone()),
        };
        let text = match query {
            Query::Path(path) => {
                let path = path.iter().map(|part| &**part);
                crate::policy::ref_text::ref_text(std::iter::once("data").chain(path)).into()
            }
            Query::Text(text) => Arc::clone(text),
            Query::InModule(query) => Arc::clone(&query.text),
        };
        Ok(Box::new(ComparingQuery { text, first, second, found: Arc::clone(&self.found) }))
    }
}

impl fmt::Debug for ComparingPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComparingPolicy").finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct ComparingQuery {
    text: Arc<str>,
    first: Box<dyn Prepared>,
    second: Result<Box<dyn Prepared>, String>,
    found: Arc<Divergences>,
}

impl Prepared for ComparingQuery {
    fn evaluate(&mut self, request: &Request<'_>) -> Evaluation {
        let evaluation = self.first.evaluate(request);
        self.compare(request, &evaluation);
        evaluation
    }

    fn explain(&mut self, request: &Request<'_>, watch: Watch) -> Option<Explained> {
        let explained = self.first.explain(request, watch)?;
        self.compare(request, &explained.evaluation);
        Some(explained)
    }
}

impl ComparingQuery {
    fn compare(&mut self, request: &Request<'_>, evaluation: &Evaluation) {
        let first = Answer::of(&evaluation.outcome);
        // Who ran out of time has said nothing.
        if first.is_cancelled() {
            return;
        }
        let second = self.second_answer(request);
        if first.agrees(&second) || second.is_cancelled() {
            return;
        }
        let (mut smallest, mut answers) = (request.input.cloned(), (first, second));
        let mut attempts = 0;
        while let Some(input) = &smallest {
            let mut diverging = None;
            shrink(input, MAX_DEPTH, &mut |candidate| {
                attempts += 1;
                if attempts > MAX_ATTEMPTS {
                    return true;
                }
                let request = Request { input: Some(&candidate), ..*request };
                let first = Answer::of(&self.first.evaluate(&request).outcome);
                let second = self.second_answer(&request);
                if first.agrees(&second) || first.is_cancelled() || second.is_cancelled() {
                    return false;
                }
                diverging = Some((candidate, (first, second)));
                true
            });
            let Some((smaller, diverging)) = diverging else { break };
            (smallest, answers) = (Some(smaller), diverging);
        }
        let (first, second) = answers;
        self.found.add(Divergence { query: Arc::clone(&self.text), first, second, input: smallest });
    }

    fn second_answer(&mut self, request: &Request<'_>) -> Answer {
        match &mut self.second {
            Ok(second) => Answer::of(&second.evaluate(request).outcome),
            Err(message) => Answer::Error(message.clone()),
        }
    }
}

impl Answer {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Defined(results) => {
                let mut all: Vec<Value> = results
                    .iter()
                    .map(|result| {
                        let values = result.expressions.iter().map(|one| one.value.clone());
                        let bindings = result
                            .bindings
                            .iter()
                            .map(|(name, value)| (Value::string(Arc::clone(name)), value.clone()));
                        let values = Value::Array(Array::from(values.collect::<Vec<_>>()));
                        let bindings = Value::Object(bindings.collect::<Object>());
                        Value::Array(Array::from(vec![values, bindings]))
                    })
                    .collect();
                // In which order results come is not said anywhere.
                all.sort();
                Self::Defined(all)
            }
            Outcome::Undefined => Self::Undefined,
            Outcome::Error(error) => Self::Error(error.to_string()),
        }
    }

    fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Error(_), Self::Error(_)) => true,
            (Self::Defined(_) | Self::Undefined | Self::Error(_), _) => self == other,
        }
    }

    fn is_cancelled(&self) -> bool {
        matches!(self, Self::Error(message) if message.starts_with(crate::policy::ErrorCode::Cancel.as_str()))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defined(results) => {
                let shown = |result: &Value| match result.as_array().map(Array::as_slice) {
                    Some([values, bindings]) => {
                        let values = values.as_array().into_iter().flatten().map(Value::to_rego);
                        let values = values.collect::<Vec<_>>().join("; ");
                        match bindings.as_object() {
                            Some(bindings) if !bindings.is_empty() => {
                                let binding = |(name, value): (&Value, &Value)| {
                                    format!("{} = {}", name.as_str().unwrap_or_default(), value.to_rego())
                                };
                                let bindings = bindings.iter().map(binding).collect::<Vec<_>>();
                                format!("{values} with {}", bindings.join(", "))
                            }
                            Some(_) | None => values,
                        }
                    }
                    Some(_) | None => result.to_rego(),
                };
                f.write_str(&results.iter().map(shown).collect::<Vec<_>>().join(" | "))
            }
            Self::Undefined => f.write_str("undefined"),
            Self::Error(message) => write!(f, "error: {message}"),
        }
    }
}

fn refusal(diagnostics: &[Diagnostic]) -> String {
    diagnostics
        .first()
        .map_or_else(String::new, |first| format!("{}: {}", first.code.as_str(), first.message))
}

/// Offers values that are one step smaller until one is taken, the greatest steps first: parts left out, then parts made
/// smaller. Answers whether one was.
fn shrink(value: &Value, depth: usize, take: &mut dyn FnMut(Value) -> bool) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(number) => {
            number.text() != "0"
                && number.text() != "1"
                && (take(Value::from(0_u64)) || take(Value::from(1_u64)))
        }
        Value::String(text) => {
            let count = text.chars().count();
            let start = |length: usize| Value::from(text.chars().take(length).collect::<String>());
            count > 0
                && (take(Value::from(""))
                    || (count > 1 && (take(start(count / 2)) || take(start(count - 1)))))
        }
        Value::Array(array) => {
            let items: Vec<Value> = array.as_slice().to_vec();
            let of = |items: Vec<Value>| Value::Array(Array::from(items));
            let inner = |item: &Value, take: &mut dyn FnMut(Value) -> bool| shrink(item, depth - 1, take);
            fewer(&items, &mut |kept| take(of(kept)))
                || (depth > 0
                    && items.iter().enumerate().any(|(at, item)| {
                        inner(item, &mut |smaller| {
                            let mut items = items.clone();
                            items.get_mut(at).is_some_and(|place| {
                                *place = smaller;
                                true
                            }) && take(of(items))
                        })
                    }))
        }
        Value::Object(object) => {
            let entries: Vec<(Value, Value)> =
                object.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            let of = |entries: Vec<(Value, Value)>| Value::Object(entries.into_iter().collect::<Object>());
            let inner = |item: &Value, take: &mut dyn FnMut(Value) -> bool| shrink(item, depth - 1, take);
            fewer(&entries, &mut |kept| take(of(kept)))
                || (depth > 0
                    && entries.iter().enumerate().any(|(at, (_, item))| {
                        inner(item, &mut |smaller| {
                            let mut entries = entries.clone();
                            entries.get_mut(at).is_some_and(|(_, place)| {
                                *place = smaller;
                                true
                            }) && take(of(entries))
                        })
                    }))
        }
        Value::Set(set) => {
            let items: Vec<Value> = set.iter().cloned().collect();
            fewer(&items, &mut |kept| take(Value::Set(kept.into_iter().collect::<Set>())))
        }
    }
}

/// Offers halves of a list, then the list without each of its parts.
fn fewer<T: Clone>(items: &[T], take: &mut dyn FnMut(Vec<T>) -> bool) -> bool {
    let (left, right) = items.split_at(items.len() / 2);
    let halves = items.len() > 3 && (take(right.to_vec()) || take(left.to_vec()));
    halves
        || (0..items.len()).any(|skipped| {
            let kept = items.iter().enumerate().filter(|(at, _)| *at != skipped);
            take(kept.map(|(_, item)| item.clone()).collect())
        })
}

/// How many inputs to try for each divergence: each is two evaluations.
const MAX_ATTEMPTS: usize = 500;

/// How deep to look for parts that can be made smaller.
const MAX_DEPTH: usize = 8;

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::document;
    use crate::frontend;
    use crate::policy::{ErrorCode, EvalError, Expression, Modules, QueryResult};
    use crate::source::{SourceId, Sources};

    /// An engine that answers with a function of the input.
    #[derive(Debug, Clone, Copy)]
    struct Fake(fn(&Value) -> Outcome);

    impl Engine for Fake {
        fn compile(&self, _: &CompileUnit<'_>) -> Result<Arc<dyn Policy>, Vec<Diagnostic>> {
            Ok(Arc::new(*self))
        }
    }

    impl Policy for Fake {
        fn prepare(&self, _: &Query) -> Result<Box<dyn Prepared>, Vec<Diagnostic>> {
            Ok(Box::new(*self))
        }
    }

    impl Prepared for Fake {
        fn evaluate(&mut self, request: &Request<'_>) -> Evaluation {
            let outcome = (self.0)(request.input.unwrap_or(&Value::Null));
            Evaluation { outcome, prints: Vec::new(), cases: None }
        }
    }

    fn defined(value: Value) -> Outcome {
        let expression = Expression { value, text: "".into(), row: 1, col: 1 };
        Outcome::Defined(vec![QueryResult { expressions: vec![expression], bindings: Vec::new() }])
    }

    fn truth(holds: bool) -> Outcome {
        if holds { defined(Value::Bool(true)) } else { Outcome::Undefined }
    }

    fn error(code: ErrorCode) -> Outcome {
        Outcome::Error(EvalError { code, message: "no".to_owned(), location: None })
    }

    fn compare(first: fn(&Value) -> Outcome, second: fn(&Value) -> Outcome, input: &str) -> Vec<Divergence> {
        let (engine, found) = ComparingEngine::new(Box::new(Fake(first)), Box::new(Fake(second)));
        let sources = Sources::new();
        let modules = Modules { sources: &sources, versions: &[] };
        let modules = &frontend::parse(&modules, NonZeroUsize::MIN, None).unwrap();
        let policy =
            engine.compile(&CompileUnit { modules, data: &Value::Null, renames: &[], cases: &[] }).unwrap();
        let mut prepared = policy.prepare(&Query::Text("q".into())).unwrap();
        let input = document::json(SourceId::default(), input).unwrap().to_value();
        let evaluation = prepared.evaluate(&Request { input: Some(&input), ..Request::default() });
        assert_eq!(evaluation.outcome, first(&input), "the answer is the first engine's");
        found.take()
    }

    #[test]
    fn the_input_is_shrunk_to_what_the_engines_disagree_on() {
        let admin = |input: &Value| truth(input.to_json().contains("admin"));
        let input =
            r#"{"name": "ann", "roles": ["buyer", "admin", "guest", "x", "y"], "deep": {"a": {"b": 1}}}"#;
        let found = compare(admin, |_| Outcome::Undefined, input);
        let shown: Vec<String> = found
            .iter()
            .map(|one| format!("{} | {} | {}", one.first, one.second, one.input.as_ref().unwrap().to_json()))
            .collect();
        assert_eq!(shown, [r#"true | undefined | {"roles":["admin"]}"#]);
    }

    #[test]
    fn a_difference_that_any_input_shows_is_shown_with_the_smallest() {
        let found = compare(|_| truth(true), |_| truth(false), r#"{"a": [1, 2], "b": "text"}"#);
        assert_eq!(found.first().unwrap().input.as_ref().unwrap().to_json(), "{}");
    }

    #[test]
    fn errors_agree_with_each_other_whatever_they_say() {
        assert!(compare(|_| error(ErrorCode::Conflict), |_| error(ErrorCode::Type), "{}").is_empty());
        assert_eq!(compare(|_| error(ErrorCode::Conflict), |_| truth(true), "{}").len(), 1);
    }

    #[test]
    fn an_engine_that_ran_out_of_time_has_said_nothing() {
        assert!(compare(|_| error(ErrorCode::Cancel), |_| truth(true), "{}").is_empty());
        assert!(compare(|_| truth(true), |_| error(ErrorCode::Cancel), "{}").is_empty());
    }

    #[test]
    fn a_huge_input_is_shrunk_within_bounds() {
        let items: Vec<String> = (0..5_000).map(|at| at.to_string()).collect();
        let found = compare(
            |input| truth(input.to_json().contains("4321")),
            |_| Outcome::Undefined,
            &format!("[{}]", items.join(",")),
        );
        assert_eq!(found.first().unwrap().input.as_ref().unwrap().to_json(), "[4321]");
    }
}
