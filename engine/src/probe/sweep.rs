//! The sweep: all the inputs that differ from a known one in a single respect.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::edit::{Case, Edit};
use super::model::Segment;
use super::place::{self, Place, Root};
use super::pool::{MAX_DEPTH, Pools, is_scalar};
use super::text;
use crate::value::{Array, Value};

/// The edits that are tried on a case, each list for one variant. Nothing in them is random.
pub fn sweep(case: &Case, pools: &Pools) -> Vec<Vec<Edit>> {
    let mut sweep = Sweep { case, pools, variants: Vec::new(), seen: HashMap::default() };
    if let Some(input) = &case.input {
        sweep.places(input);
        sweep.missing(input);
        sweep.renames(input);
        sweep.rows(input);
    } else {
        let empty = Value::Object(crate::value::Object::new());
        sweep.add(vec![Edit::Whole(Some(empty))]);
    }
    sweep.variants
}

/// Those of the edits that make a case one that a row of the base documents is about.
pub(super) fn of_rows(case: &Case, pools: &Pools) -> Vec<Vec<Edit>> {
    let mut sweep = Sweep { case, pools, variants: Vec::new(), seen: HashMap::default() };
    if let Some(input) = &case.input {
        sweep.rows(input);
    }
    sweep.variants
}

struct Sweep<'s> {
    case: &'s Case,
    pools: &'s Pools,
    variants: Vec<Vec<Edit>>,
    /// Where those with a hash are.
    seen: HashMap<u64, usize, FixedState>,
}

impl Sweep<'_> {
    fn add(&mut self, edits: Vec<Edit>) {
        if self.variants.len() >= MAX_VARIANTS {
            return;
        }
        let hash = self.seen.hasher().hash_one(&edits);
        // Others with the same hash are tried twice at worst.
        let known = self.seen.insert(hash, self.variants.len());
        match known.and_then(|at| Some((at, self.variants.get(at)?))) {
            Some((at, same)) if *same == edits => _ = self.seen.insert(hash, at),
            Some(_) | None => self.variants.push(edits),
        }
    }

    fn put(&mut self, steps: &[Value], value: Value) {
        self.add(vec![Edit::Put(Place::input(steps.to_vec()), value)]);
    }

    /// Changes of what is there.
    fn places(&mut self, input: &Value) {
        let places = place::places(input, MAX_DEPTH);
        for (steps, value) in places.iter().take(MAX_PLACES) {
            self.add(vec![Edit::Drop(Place::input(steps.clone()))]);
            if !self.pools.matters(steps) {
                self.put(steps, Value::Null);
                continue;
            }
            for likely in self.pools.likely(input, &self.case.data, steps) {
                self.put(steps, likely);
            }
            // Of the inputs that an evaluation treats alike the first is kept, and what has the right type says more.
            let types = self.pools.types(input, steps);
            let (fitting, wrong): (Vec<Value>, Vec<Value>) =
                wrong_types().into_iter().partition(|value| types.contains(value.type_name()));
            for value in fitting.into_iter().chain(wrong) {
                self.put(steps, value);
            }
            if let Some(text) = value.as_str() {
                self.texts(steps, text);
            }
            if let Some(array) = value.as_array() {
                self.lists(input, steps, array);
            }
            for (other, copied) in places.iter().filter(|(other, copied)| other != steps && is_scalar(copied))
            {
                if value.type_name() == copied.type_name() && other.len() <= MAX_COPIED_DEPTH {
                    self.put(steps, (*copied).clone());
                }
            }
        }
    }

    fn texts(&mut self, steps: &[Value], text: &str) {
        self.put(steps, Value::from(text::fresh(text)));
        for (_, form) in text::near_misses(text) {
            self.put(steps, Value::from(form));
        }
        for (other, longer) in text::longer_words(text) {
            self.put(steps, Value::from(other));
            for form in longer {
                self.put(steps, Value::from(form));
            }
        }
        let words: BTreeSet<Arc<str>> = self.pools.words(steps);
        for word in &words {
            for (_, form) in text::with_token(text, word) {
                self.put(steps, Value::from(form));
            }
        }
        let patterns: BTreeSet<Arc<str>> = self
            .pools
            .readings(steps)
            .flat_map(|reading| &reading.texts)
            .filter(|test| !test.function.contains("match"))
            .map(|test| Arc::clone(&test.pattern))
            .collect();
        for pattern in patterns {
            for form in [
                format!("{pattern}x"),
                format!("x{pattern}"),
                format!("x{pattern}x"),
                format!("{text}{pattern}"),
                format!("{pattern}{text}"),
            ] {
                self.put(steps, Value::from(form));
            }
        }
    }

    fn lists(&mut self, input: &Value, steps: &[Value], array: &Array) {
        let mut lists: Vec<Vec<Value>> = vec![Vec::new()];
        let elements: Vec<Value> = array.iter().take(MAX_ELEMENTS).cloned().collect();
        lists.extend(elements.iter().map(|element| vec![element.clone()]));
        let with = |more: Value| elements.iter().cloned().chain([more]).collect::<Vec<_>>();
        if let Some(first) = elements.first() {
            lists.push(with(first.clone()));
            lists.push(elements.iter().skip(1).cloned().collect());
            lists.push(vec![first.clone(), first.clone()]);
        }
        lists.extend([Value::from("zz"), Value::Null, Value::from(0_i64)].map(with));
        let others = place::places(input, MAX_COPIED_DEPTH).into_iter();
        let others = others.filter(|(other, value)| !other.starts_with(steps) && value.as_str().is_some());
        lists.extend(others.take(MAX_ELEMENTS).map(|(_, value)| with(value.clone())));
        let first = steps.iter().cloned().chain([Value::from(0_u64)]).collect::<Vec<_>>();
        lists.extend(self.pools.likely(input, &self.case.data, &first).into_iter().map(with));
        for list in lists {
            self.put(steps, Value::Array(Array::from(list)));
        }
    }

    /// Values where the policy looks and nothing is.
    fn missing(&mut self, input: &Value) {
        for (pattern, reading) in &self.pools.model.inputs {
            let Some(steps) = pattern.first_place() else { continue };
            let is_there = place::at(input, &steps).is_some();
            if is_there || steps.is_empty() {
                continue;
            }
            let likely = self.pools.likely(input, &self.case.data, &steps);
            for value in likely.into_iter().chain(typical(reading.types.iter().copied())) {
                let in_lists = nested(pattern.steps.as_slice(), value.clone());
                match in_lists {
                    Some((steps, value)) if place::at(input, &steps).is_none() => self.put(&steps, value),
                    _ => self.put(&steps, value),
                }
            }
        }
    }

    /// One word of the input instead of another, wherever it stands.
    fn renames(&mut self, input: &Value) {
        let places = place::places(input, MAX_DEPTH);
        let texts: Vec<&str> = places.iter().filter_map(|(_, value)| value.as_str()).collect();
        let mut tokens: BTreeMap<&str, usize> = BTreeMap::new();
        for text in &texts {
            for token in text::tokens(text) {
                *tokens.entry(token).or_default() += 1;
            }
        }
        let shared: Vec<&str> =
            tokens.iter().filter(|(_, count)| **count > 1).map(|(token, _)| *token).collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for text in &texts {
            *counts.entry(text).or_default() += 1;
        }
        let repeated = counts.iter().filter(|(_, count)| **count > 1).map(|(text, _)| *text);
        for from in repeated.take(MAX_TOKENS) {
            let longer = text::longer_words(from)
                .into_iter()
                .flat_map(|(other, longer)| longer.into_iter().chain([other]));
            let near = text::near_misses(from).into_iter().map(|(_, form)| form);
            for to in near.chain(longer).chain([text::fresh(from)]) {
                self.add(vec![Edit::Rename { from: Arc::from(from), to: Arc::from(to) }]);
            }
        }
        for from in shared.iter().take(MAX_TOKENS) {
            let siblings = tokens.keys().filter(|token| *token != from).take(MAX_TOKENS).copied();
            for to in siblings.chain([&*text::fresh(from)]) {
                self.add(vec![Edit::Rename { from: Arc::from(*from), to: Arc::from(to) }]);
            }
        }
    }

    /// All columns of a row of a base document at once, where the input is compared with several of them.
    fn rows(&mut self, input: &Value) {
        let mut tables: BTreeMap<&[Segment], Vec<Column<'_>>> = BTreeMap::new();
        for (pattern, reading) in &self.pools.model.inputs {
            let Some(steps) = pattern.first_place() else { continue };
            for join in reading.joins.iter().filter(|join| join.root == Root::Data) {
                let Some(each) = join.steps.iter().position(|segment| *segment == Segment::Each) else {
                    continue;
                };
                let (table, column) = join.steps.split_at(each + 1);
                tables.entry(table).or_default().push((steps.clone(), column));
            }
        }
        for (table, columns) in tables {
            let pattern = super::model::Pattern { root: Root::Data, steps: table.to_vec() };
            for row in pattern.values(&self.case.data, MAX_ROWS) {
                let mut edits = Vec::new();
                for (steps, column) in &columns {
                    let column = super::model::Pattern { root: Root::Data, steps: column.to_vec() };
                    let value = column.values(row, 1).first().map(|value| (*value).clone());
                    let is_there = value.as_ref().is_none_or(|value| place::at(input, steps) == Some(value));
                    if let Some(value) = value.filter(|value| !is_there && is_scalar(value)) {
                        edits.push(Edit::Put(Place::input(steps.clone()), value));
                    }
                }
                edits.dedup_by(|one, other| one.place() == other.place());
                if edits.len() > 1 {
                    self.add(edits);
                }
            }
        }
    }
}

/// A place of the input, and the way from a row of a base document to what it is compared with.
type Column<'c> = (Vec<Value>, &'c [Segment]);

/// A value that stands inside of arrays where a pattern has a step for each element: the place of the outermost array.
fn nested(segments: &[Segment], value: Value) -> Option<(Vec<Value>, Value)> {
    let each = segments.iter().position(|segment| *segment == Segment::Each)?;
    let (before, after) = segments.split_at(each);
    let steps: Option<Vec<Value>> = before
        .iter()
        .map(|segment| if let Segment::Key(key) = segment { Some(key.clone()) } else { None })
        .collect();
    let inner = after.iter().rev().try_fold(value, |value, segment| match segment {
        Segment::Each => Some(Value::Array(Array::from(vec![value]))),
        Segment::Key(key) => Some(Value::Object(std::iter::once((key.clone(), value)).collect())),
        Segment::Keys => None,
    })?;
    Some((steps?, inner))
}

/// Values of all types, for places that expect another one.
pub fn wrong_types() -> Vec<Value> {
    let number = |text: &str| crate::value::Number::parse(text).map(Value::from);
    let mut values = vec![
        Value::Null,
        Value::Bool(false),
        Value::Bool(true),
        Value::from(0_i64),
        Value::from(-1_i64),
        Value::from(""),
        Value::from("zz"),
        Value::from("9"),
        Value::Array(Array::new()),
        Value::Array(Array::from(vec![Value::from("zz")])),
        Value::Object(crate::value::Object::new()),
    ];
    values.extend(number("1e18"));
    values
}

/// Values that have one of these types and nothing else to say.
fn typical(types: impl Iterator<Item = &'static str>) -> Vec<Value> {
    let mut values: Vec<Value> = types
        .flat_map(|name| match name {
            "boolean" => vec![Value::Bool(true), Value::Bool(false)],
            "number" => vec![Value::from(1_i64), Value::from(0_i64)],
            "string" => vec![Value::from("zz"), Value::from("")],
            "array" => vec![Value::Array(Array::new()), Value::Array(Array::from(vec![Value::from("zz")]))],
            "object" => vec![Value::Object(crate::value::Object::new())],
            "null" => vec![Value::Null],
            _ => Vec::new(),
        })
        .collect();
    values.extend([Value::Bool(true), Value::from("zz"), Value::from(1_i64)]);
    values
}

/// How many variants of one case there are at most, and how many places, elements, words and rows make some.
const MAX_VARIANTS: usize = 20_000;
const MAX_PLACES: usize = 200;
const MAX_COPIED_DEPTH: usize = 4;
const MAX_ELEMENTS: usize = 12;
const MAX_TOKENS: usize = 16;
const MAX_ROWS: usize = 64;
