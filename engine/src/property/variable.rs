//! Variables that a property is about all values of, and where these come from.

use std::collections::BTreeSet;
use std::sync::Arc;

use fastrand::Rng;

use super::Condition;
use super::court::{Court, Variables};
use crate::policy::EvalError;
use crate::probe::edit::Case;
use crate::probe::model::Pattern;
use crate::probe::place::{self, Root};
use crate::probe::pool::Pools;
use crate::probe::sweep::wrong_types;
use crate::probe::text;
use crate::value::{Object, Value};

/// A variable and its values.
#[derive(Debug, Clone)]
pub struct Variable {
    /// Its name in conditions and terms.
    pub name: Arc<str>,
    /// Where its values come from.
    pub source: Source,
}

/// Where values come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// The elements of what a term comes to, or the values of an object.
    Elements(Condition),
    /// These.
    OneOf(Vec<Value>),
    /// The integers from one to another.
    Integers {
        /// The least.
        from: i64,
        /// The greatest.
        to: i64,
    },
    /// Texts.
    Texts,
    /// Values like those that stand at a path of the input, and near misses of them.
    Like(Pattern),
    /// Values of all types.
    Anything,
}

/// Binds the variables for a case, each turn to other values; nothing if one has no value.
///
/// # Errors
/// When a term has no answer.
pub(super) fn bind(
    variables: &[Variable],
    court: &mut Court<'_>,
    pools: &Pools,
    case: &Case,
    turn: u64,
) -> Result<Option<Variables>, EvalError> {
    if variables.is_empty() {
        return Ok(Some(None));
    }
    let mut bound = Object::new();
    let mut turn = turn;
    for Variable { name, source } in variables {
        let values = match source {
            Source::Integers { from, to } => {
                // All of a short range in their order; of a long one its ends, and then any.
                let span = to.abs_diff(*from).saturating_add(1);
                let at = match turn {
                    _ if span <= LONG_RANGE => turn % span,
                    0 => 0,
                    1 => span - 1,
                    turn => Rng::with_seed(turn).u64(0..span),
                };
                let value = from.saturating_add_unsigned(at);
                bound.insert(Value::String(Arc::clone(name)), Value::from(value));
                turn /= span.min(LONG_RANGE);
                continue;
            }
            Source::Elements(term) => elements(court.value(term, case, &None)?),
            Source::OneOf(values) => values.clone(),
            Source::Texts => texts(),
            Source::Like(pattern) => like(pattern, pools, case),
            Source::Anything => wrong_types(),
        };
        let Some(choices) = u64::try_from(values.len()).ok().filter(|choices| *choices > 0) else {
            return Ok(None);
        };
        let at = usize::try_from(turn % choices).unwrap_or_default();
        if let Some(value) = values.into_iter().nth(at) {
            bound.insert(Value::String(Arc::clone(name)), value);
        }
        turn /= choices;
    }
    Ok(Some(Some(Value::Object(bound))))
}

/// As somebody would write it: `for each agent of data.banned_agents`.
pub(super) fn in_words(variables: &[Variable]) -> String {
    let all = variables.iter().map(|Variable { name, source }| match source {
        Source::Elements(term) => format!("each {name} of {}", term.says),
        Source::OneOf(values) => format!("each {name} of {} values", values.len()),
        Source::Integers { from, to } => format!("each {name} from {from} to {to}"),
        Source::Texts => format!("each text {name}"),
        Source::Like(pattern) => format!("each {name} like {pattern}"),
        Source::Anything => format!("each value {name}"),
    });
    all.collect::<Vec<_>>().join(" and ")
}

fn elements(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(array)) => array.iter().cloned().collect(),
        Some(Value::Set(set)) => set.iter().cloned().collect(),
        Some(Value::Object(object)) => object.values().cloned().collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => Vec::new(),
    }
}

fn texts() -> Vec<Value> {
    let mut all = vec![String::new(), "a".to_owned(), "zz9".to_owned(), "Ünïcode ☂".to_owned()];
    all.extend(text::same_to_others("spiffe://zz9.example/a"));
    all.extend(["x".repeat(3_000), "\0".to_owned(), "\"".to_owned(), "../..".to_owned(), "*".to_owned()]);
    all.into_iter().map(Value::from).collect()
}

fn like(pattern: &Pattern, pools: &Pools, case: &Case) -> Vec<Value> {
    let (Some(input), Some(steps)) = (&case.input, pattern.first_place()) else { return Vec::new() };
    let mut values: BTreeSet<Value> = pools.likely(input, &case.data, &steps);
    values.extend(place::at(input, &steps).cloned());
    let near = values.iter().filter_map(Value::as_str).flat_map(|text| {
        let forms = text::near_misses(text).into_iter().map(|(_, form)| form);
        forms.chain([text::fresh(text)]).collect::<Vec<String>>()
    });
    let near: Vec<Value> = near.map(Value::from).collect();
    values.extend(near);
    values.into_iter().collect()
}

/// The pattern of a path of the input.
pub(super) fn input_pattern(steps: &[Value]) -> Pattern {
    let segments = steps.iter().cloned().map(crate::probe::model::Segment::Key);
    Pattern { root: Root::Input, steps: segments.collect() }
}

/// Shorter ranges are gone through from one end to the other.
const LONG_RANGE: u64 = 1_000;
