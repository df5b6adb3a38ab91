//! For which inputs a difference holds, as far as samples say.

use std::collections::BTreeSet;
use std::fmt;

use super::asker::{Asker, Goal, Pair};
use super::between::leaves;
use super::class::Class;
use crate::probe::model::Pattern;
use crate::probe::place::{self, Place};
use crate::probe::text;
use crate::value::Value;

/// Inputs by what may stand at their places. It is a description of samples and no proof.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cube {
    /// The places with what may be there, in the order of the input; places that are not read come last.
    pub places: Vec<(Place, Extent)>,
    /// How many inputs were tried for it.
    pub samples: u64,
}

/// What may stand at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// Anything or nothing, except for these.
    Any(BTreeSet<Value>),
    /// Anything, but something, except for these.
    AnyValue(BTreeSet<Value>),
    /// Texts that start like this.
    Prefix(String),
    /// One of these values.
    In(BTreeSet<Value>),
    /// Nothing.
    Absent,
}

impl Cube {
    /// Whether an input is one of these.
    pub fn has(&self, input: Option<&Value>) -> bool {
        let Some(input) = input else { return false };
        self.places.iter().all(|(place, extent)| extent.has(place::at(input, &place.steps)))
    }

    /// The inputs of both, if they differ in the value at one place alone.
    pub(super) fn with(&self, other: &Self) -> Option<Self> {
        if self.places.len() != other.places.len() {
            return None;
        }
        let mut places = self.places.clone();
        let mut joined = 0;
        for ((place, extent), (of_other, more)) in places.iter_mut().zip(&other.places) {
            if place != of_other {
                return None;
            }
            if extent == more {
                continue;
            }
            match (extent, more) {
                (Extent::In(values), Extent::In(more)) if joined == 0 => values.extend(more.iter().cloned()),
                _ => return None,
            }
            joined += 1;
        }
        Some(Self { places, samples: self.samples.saturating_add(other.samples) })
    }
}

impl Extent {
    fn has(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Any(but) | Self::AnyValue(but), Some(value)) => !but.contains(value),
            (Self::Any(_) | Self::Absent, None) => true,
            (Self::Prefix(prefix), Some(value)) => {
                value.as_str().is_some_and(|text| text.starts_with(prefix))
            }
            (Self::In(values), Some(value)) => values.contains(value),
            (Self::AnyValue(_) | Self::Prefix(_) | Self::In(_), None) | (Self::Absent, Some(_)) => false,
        }
    }
}

/// `input.user any, input.action "read"`.
impl fmt::Display for Cube {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (place, extent)) in self.places.iter().enumerate() {
            let between = if index == 0 { "" } else { ", " };
            write!(f, "{between}{place} {extent}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(but) if but.is_empty() => f.write_str("any"),
            Self::Any(but) => write!(f, "any but {}", listed(but)),
            Self::AnyValue(but) if but.is_empty() => f.write_str("any value"),
            Self::AnyValue(but) => write!(f, "any value but {}", listed(but)),
            Self::Prefix(prefix) => write!(f, "{}", Value::from(format!("{prefix}*")).to_rego()),
            Self::In(values) if values.len() == 1 => f.write_str(&listed(values)),
            Self::In(values) => write!(f, "in {{{}}}", listed(values)),
            Self::Absent => f.write_str("absent"),
        }
    }
}

fn listed(values: &BTreeSet<Value>) -> String {
    values.iter().map(Value::to_rego).collect::<Vec<_>>().join(", ")
}

/// The inputs around one for which the versions differ in the same way.
pub(super) fn around(goal: &Goal<'_>, class: Class, pair: &Pair, asker: &mut Asker<'_>) -> Cube {
    let Some(input) = pair.new.input.clone() else { return Cube::default() };
    let mut widening = Widening { class, pair, input: &input, asker, free: Vec::new(), samples: 0 };
    let mut places = Vec::new();
    let present = leaves(&input);
    for (steps, value) in present.iter().take(MAX_PLACES) {
        let extent = widening.extent(goal, steps, value);
        places.push((Place::input(steps.clone()), extent));
    }
    let known: BTreeSet<&Vec<Value>> = present.iter().map(|(steps, _)| steps).collect();
    let absent = goal.pools.model.inputs.keys().filter_map(Pattern::first_place);
    let absent: BTreeSet<Vec<Value>> =
        absent.filter(|steps| !known.contains(steps) && place::at(&input, steps).is_none()).collect();
    for steps in absent.into_iter().filter(|steps| !steps.is_empty()).take(MAX_PLACES) {
        // What can't be put there, since something else is in the way, is nothing to tell.
        if place::put(Some(&input), &steps, Value::Null).is_some() {
            let extent = widening.of_absent(goal, &steps);
            places.push((Place::input(steps), extent));
        }
    }
    Cube { places, samples: widening.samples }
}

/// Makes places free one after the other, each together with those before it.
struct Widening<'w, 'g> {
    class: Class,
    pair: &'w Pair,
    input: &'w Value,
    asker: &'w mut Asker<'g>,
    /// The places that are free so far, each with what is put there; `None` takes away what is there.
    free: Vec<(Vec<Value>, Vec<Option<Value>>)>,
    samples: u64,
}

impl Widening<'_, '_> {
    fn extent(&mut self, goal: &Goal<'_>, steps: &[Value], value: &Value) -> Extent {
        let samples = samples(goal, self.pair, self.input, steps, value);
        if let Some(extent) = self.any(steps, &samples) {
            return extent;
        }
        for prefix in value.as_str().into_iter().flat_map(prefixes) {
            let values = (0..SAMPLES).map(|at| Some(Value::from(format!("{prefix}{}", tail(at)))));
            if self.holds(steps, values.collect()) {
                return Extent::Prefix(prefix.to_owned());
            }
        }
        Extent::In(BTreeSet::from([value.clone()]))
    }

    fn of_absent(&mut self, goal: &Goal<'_>, steps: &[Value]) -> Extent {
        let samples = samples(goal, self.pair, self.input, steps, &Value::from("zz"));
        self.any(steps, &samples).unwrap_or(Extent::Absent)
    }

    /// Whether anything may stand at a place, or anything but a few values that are known.
    fn any(&mut self, steps: &[Value], samples: &Samples) -> Option<Extent> {
        let Samples { known, fresh } = samples;
        let but: BTreeSet<Value> =
            known.iter().filter(|value| !self.holds_with(steps, value)).cloned().collect();
        if but.len() > MAX_EXCEPTIONS {
            return None;
        }
        let values = known.iter().filter(|value| !but.contains(value)).chain(fresh);
        let values: Vec<Option<Value>> = values.cloned().map(Some).collect();
        let with_nothing = std::iter::once(None).chain(values.iter().cloned()).collect();
        if self.holds(steps, with_nothing) {
            return Some(Extent::Any(but));
        }
        self.holds(steps, values).then_some(Extent::AnyValue(but))
    }

    /// Whether the difference shows with another value at one place.
    fn holds_with(&mut self, steps: &[Value], value: &Value) -> bool {
        let Some(input) = place::put(Some(self.input), steps, value.clone()) else { return false };
        self.samples += 1;
        self.asker.class(&self.pair.with_input(Some(input))) == Some(self.class)
    }

    /// Whether the difference shows with each of the values at a place, whatever stands at the places that are free; then this one
    /// is free too.
    fn holds(&mut self, steps: &[Value], values: Vec<Option<Value>>) -> bool {
        let rounds = values.len().max(SAMPLES);
        self.free.push((steps.to_vec(), values));
        let all = (0..rounds).all(|round| {
            let mut input = self.input.clone();
            let count = self.free.len();
            for (index, (steps, values)) in self.free.iter().enumerate() {
                // The last place takes one value after the other; those before it any of theirs.
                let at = if index + 1 == count { round } else { round * (2 * index + 3) + index };
                let value = values.get(at % values.len().max(1)).cloned().flatten();
                let changed = match value {
                    Some(value) => place::put(Some(&input), steps, value),
                    None => place::without(&input, steps),
                };
                input = changed.unwrap_or(input);
            }
            self.samples += 1;
            self.asker.class(&self.pair.with_input(Some(input))) == Some(self.class)
        });
        if !all {
            self.free.pop();
        }
        all
    }
}

/// Values to try at a place.
struct Samples {
    /// What others have there, and what both versions compare it with.
    known: BTreeSet<Value>,
    /// What nobody knows.
    fresh: Vec<Value>,
}

fn samples(goal: &Goal<'_>, pair: &Pair, input: &Value, steps: &[Value], value: &Value) -> Samples {
    let mut known: BTreeSet<Value> = goal.pools.likely(input, &pair.new.data, steps);
    known.extend(goal.pools.likely(input, &pair.old.data, steps));
    let known: BTreeSet<Value> = known.into_iter().take(MAX_KNOWN).collect();
    let fresh = (0..SAMPLES).map(|at| match value {
        Value::String(known) => Value::from(text::fresh(known).replace("zz9", &tail(at))),
        Value::Number(_) => {
            let at = i64::try_from(at).unwrap_or_default();
            Value::from(if at % 2 == 0 { at } else { -at * 1_000 })
        }
        Value::Bool(_) => Value::from(at % 2 == 0),
        Value::Null | Value::Array(_) | Value::Object(_) | Value::Set(_) => Value::from(tail(at)),
    });
    let mut seen = BTreeSet::new();
    let fresh = fresh.filter(|value| !known.contains(value) && seen.insert(value.clone())).collect();
    Samples { known, fresh }
}

/// The starts of a text that end where one of its parts does, the shortest first.
fn prefixes(text: &str) -> Vec<&str> {
    let ends = text.char_indices().filter(|(_, character)| matches!(character, '/' | ':' | '.' | '@' | '-'));
    let ends = ends.map(|(at, character)| at + character.len_utf8()).filter(|end| *end < text.len());
    ends.filter_map(|end| text.get(..end)).take(MAX_PREFIXES).collect()
}

/// A word that nothing knows.
fn tail(at: usize) -> String {
    format!("zz{}", 9 + at * 7)
}

/// How often a difference has to show for a place to be free.
const SAMPLES: usize = 20;

/// How many values are tried that either version knows, and how many of them may be exceptions.
const MAX_KNOWN: usize = 40;
const MAX_EXCEPTIONS: usize = 4;

/// How many places and how many starts of a text are looked at.
const MAX_PLACES: usize = 24;
const MAX_PREFIXES: usize = 12;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Cube, Extent};
    use crate::document;
    use crate::probe::place::Place;
    use crate::source::SourceId;
    use crate::value::Value;

    fn values(texts: &[&str]) -> BTreeSet<Value> {
        texts.iter().copied().map(Value::from).collect()
    }

    fn cube(places: Vec<(&str, Extent)>) -> Cube {
        let places = places.into_iter().map(|(name, extent)| (Place::input(vec![Value::from(name)]), extent));
        Cube { places: places.collect(), samples: 1 }
    }

    #[test]
    fn an_input_is_in_a_cube_if_what_is_at_every_place_is() {
        let cube = cube(vec![
            ("role", Extent::Any(values(&["admin"]))),
            ("user", Extent::AnyValue(values(&["eve"]))),
            ("id", Extent::Prefix("spiffe://a/".to_owned())),
            ("action", Extent::In(values(&["read", "write"]))),
            ("token", Extent::Absent),
        ]);
        assert_eq!(
            cube.to_string(),
            "input.role any but \"admin\", input.user any value but \"eve\", input.id \"spiffe://a/*\", \
             input.action in {\"read\", \"write\"}, input.token absent"
        );
        for (input, expected) in [
            (r#"{"user": "u", "id": "spiffe://a/x", "action": "read"}"#, true),
            (r#"{"user": "u", "id": "spiffe://a/x", "action": "write", "role": "clerk"}"#, true),
            (r#"{"user": "u", "id": "spiffe://a/x", "action": "write", "role": "admin"}"#, false),
            (r#"{"user": "eve", "id": "spiffe://a/x", "action": "read"}"#, false),
            (r#"{"id": "spiffe://a/x", "action": "read"}"#, false),
            (r#"{"user": "u", "id": "spiffe://b/x", "action": "read"}"#, false),
            (r#"{"user": "u", "id": 1, "action": "read"}"#, false),
            (r#"{"user": "u", "id": "spiffe://a/x", "action": "drop"}"#, false),
            (r#"{"user": "u", "id": "spiffe://a/x", "action": "read", "token": null}"#, false),
        ] {
            let value = document::json_value(SourceId::default(), input).unwrap();
            assert_eq!(cube.has(Some(&value)), expected, "{input}");
        }
        assert!(!cube.has(None));
    }

    #[test]
    fn cubes_that_differ_in_the_value_at_one_place_become_one() {
        let of = |role: &str, action: &str| {
            cube(vec![("role", Extent::In(values(&[role]))), ("action", Extent::In(values(&[action])))])
        };
        let both = of("clerk", "read").with(&of("guest", "read")).map(|cube| cube.to_string());
        assert_eq!(both.as_deref(), Some("input.role in {\"clerk\", \"guest\"}, input.action \"read\""));
        assert_eq!(of("clerk", "read").with(&of("guest", "write")), None);
        let other = cube(vec![("role", Extent::Absent), ("action", Extent::In(values(&["read"])))]);
        assert_eq!(of("clerk", "read").with(&other), None);
        assert_eq!(of("clerk", "read").with(&cube(Vec::new())), None);
    }
}
