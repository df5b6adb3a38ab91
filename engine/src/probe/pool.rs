//! Which values are worth trying where: what the policy compares a place with, and what others put there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::model::{Model, Pattern, Reading, Segment};
use super::place::{self, Root};
use super::seed::Seed;
use super::text;
use crate::value::{Number, Value};

/// Values to try, by where they are tried.
#[derive(Debug, Clone, Default)]
pub struct Pools {
    /// What the decision reads.
    pub model: Model,
    /// What stands at a place in the seeds.
    seen: BTreeMap<Pattern, BTreeSet<Value>>,
    /// The types that stand at a place in the seeds that are allowed.
    types: BTreeMap<Pattern, BTreeSet<&'static str>>,
}

impl Pools {
    /// What a policy's model and its seeds suggest.
    pub fn new(model: Model, seeds: &[Seed]) -> Self {
        let mut pools = Self { model, ..Self::default() };
        for seed in seeds {
            let Some(input) = &seed.case.input else { continue };
            for (steps, value) in place::places(input, MAX_DEPTH) {
                let pattern = pattern_of(Root::Input, input, &steps);
                pools.types.entry(pattern.clone()).or_default().insert(value.type_name());
                if is_scalar(value) {
                    let seen = pools.seen.entry(pattern).or_default();
                    if seen.len() < MAX_SEEN {
                        seen.insert(value.clone());
                    }
                }
            }
        }
        pools
    }

    /// What is known of the places of a pattern: of a place in the input, what the policy makes of it.
    pub fn readings<'p>(&'p self, steps: &'p [Value]) -> impl Iterator<Item = &'p Reading> {
        self.model.inputs.iter().filter(|(pattern, _)| pattern.matches(steps)).map(|(_, reading)| reading)
    }

    /// The types that values at a place have: in the seeds, and by what the policy does with them.
    pub fn types(&self, input: &Value, steps: &[Value]) -> BTreeSet<&'static str> {
        let seen = self.types.get(&pattern_of(Root::Input, input, steps)).into_iter().flatten();
        let mut types: BTreeSet<&'static str> = seen.copied().collect();
        for reading in self.readings(steps) {
            types.extend(&reading.types);
            types.extend(reading.constants.iter().map(Value::type_name));
        }
        types
    }

    /// Whether the policy reads a place of the input, something that is in it, or what it is in as a whole.
    pub fn matters(&self, steps: &[Value]) -> bool {
        let inputs = &self.model.inputs;
        inputs.keys().filter(|pattern| agrees(pattern, steps)).any(|pattern| {
            let goes_deeper = |other: &Pattern| {
                other.steps.len() > pattern.steps.len() && other.steps.starts_with(&pattern.steps)
            };
            pattern.steps.len() >= steps.len() || !inputs.keys().any(goes_deeper)
        })
    }

    /// The places of the seeds.
    pub fn places(&self) -> impl Iterator<Item = &Pattern> {
        self.types.keys()
    }

    /// Whether any seed has something at a place of this pattern.
    pub fn is_seen(&self, pattern: &Pattern) -> bool {
        self.types.contains_key(pattern)
    }

    /// What stands at a place in the seeds.
    pub fn seen(&self, input: &Value, steps: &[Value]) -> impl Iterator<Item = &Value> {
        self.seen.get(&pattern_of(Root::Input, input, steps)).into_iter().flatten()
    }

    /// The words of the texts that stand anywhere in the seeds, up to a number.
    pub fn seen_words(&self) -> BTreeSet<&str> {
        let texts = self.seen.values().flatten().filter_map(Value::as_str);
        texts.flat_map(text::tokens).take(MAX_WORDS).collect()
    }

    /// Words that the policy looks for in a text at a place, whether it takes the text apart or not.
    pub fn words(&self, steps: &[Value]) -> BTreeSet<Arc<str>> {
        let of_text = |text: &str| text::tokens(text).into_iter().map(Arc::from).collect::<Vec<Arc<str>>>();
        let mut words = BTreeSet::new();
        for reading in self.readings(steps) {
            words.extend(reading.constants.iter().filter_map(Value::as_str).flat_map(of_text));
            let tests = reading.texts.iter().filter(|test| !test.function.contains("match"));
            words.extend(tests.flat_map(|test| of_text(&test.pattern)));
        }
        words
    }

    /// Values that are like those that are meant for a place: what the policy compares it with, and what the seeds have there.
    pub fn likely(&self, input: &Value, data: &Value, steps: &[Value]) -> BTreeSet<Value> {
        let mut values: BTreeSet<Value> = self.seen(input, steps).cloned().collect();
        for reading in self.readings(steps) {
            values.extend(reading.constants.iter().cloned());
            for bound in &reading.bounds {
                values.insert(bound.clone());
                if let Some(number) = bound.as_number().and_then(Number::as_i64) {
                    values.extend([number.saturating_sub(1), number.saturating_add(1)].map(Value::from));
                }
            }
            for pattern in &reading.joins {
                let document = match pattern.root {
                    Root::Input => input,
                    Root::Data => data,
                };
                let joined = pattern.values(document, MAX_JOINED);
                values.extend(joined.into_iter().filter(|value| is_scalar(value)).cloned());
            }
            for test in &reading.texts {
                let is_text = !test.function.contains("match");
                values.extend(is_text.then(|| Value::from(&*test.pattern)));
            }
        }
        values
    }
}

/// Whether a pattern and a place go the same way as far as both go.
fn agrees(pattern: &Pattern, steps: &[Value]) -> bool {
    pattern.steps.iter().zip(steps).all(|(segment, step)| match segment {
        Segment::Key(key) => key == step,
        Segment::Each | Segment::Keys => true,
    })
}

/// The pattern that a place of a document belongs to: elements of arrays stand for each other.
pub fn pattern_of(root: Root, document: &Value, steps: &[Value]) -> Pattern {
    let mut at = Some(document);
    let segments = steps.iter().map(|step| {
        let segment = match at {
            Some(Value::Array(_)) => Segment::Each,
            _ => Segment::Key(step.clone()),
        };
        at = at.and_then(|value| place::at(value, std::slice::from_ref(step)));
        segment
    });
    Pattern { root, steps: segments.collect() }
}

/// Whether a value has no members.
pub fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_))
}

/// How deep inputs are looked at.
pub const MAX_DEPTH: usize = 8;

/// How many values of a place in the seeds are kept, and how many of a base document that it is compared with.
const MAX_SEEN: usize = 24;
const MAX_JOINED: usize = 24;
const MAX_WORDS: usize = 400;
