//! What a decision reads of its input: the paths, and what each is compared with.

mod calls;
mod flow;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::place::Root;
use crate::policy::ref_text::ref_text;
use crate::program::{ClauseId, Program, RuleId};
use crate::value::Value;

/// A path into a document, with a wildcard for each step of an iteration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern {
    /// Which document.
    pub root: Root,
    /// The steps.
    pub steps: Vec<Segment>,
}

/// One step of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// The member or element of this key.
    Key(Value),
    /// Each value of a collection.
    Each,
    /// Each key of a collection; always the last step.
    Keys,
}

/// What a decision reads of its input, and what of the base documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    /// What is known of each path of the input that is read.
    pub inputs: BTreeMap<Pattern, Reading>,
    /// The paths of the base documents that are read.
    pub data: BTreeSet<Pattern>,
}

/// What is known of a path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The types that its values have to have for something to hold, as Rego names them.
    pub types: BTreeSet<&'static str>,
    /// The constants that it is compared with.
    pub constants: BTreeSet<Value>,
    /// Where values stand that it is compared with: of base documents, or elsewhere in the input.
    pub joins: BTreeSet<Pattern>,
    /// What its text is tried against.
    pub texts: BTreeSet<TextTest>,
    /// The constants that an order compares it with.
    pub bounds: BTreeSet<Value>,
    /// The clauses that read it.
    pub clauses: BTreeSet<ClauseId>,
}

/// A test of a text, such as `startswith(x, "spiffe://")`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextTest {
    /// The built-in function.
    pub function: &'static str,
    /// What it looks for: a prefix, a suffix, a part or a pattern.
    pub pattern: Arc<str>,
    /// The functions that the text went through before, outermost last.
    pub via: Vec<&'static str>,
}

impl Model {
    /// What the rule `decision` reads, directly or through other rules.
    pub fn of(program: &Program, decision: RuleId) -> Self {
        flow::read(program, decision)
    }

    /// The base documents that the decision reads: the paths up to the first step that is not known before.
    pub fn documents(&self) -> BTreeSet<Vec<Value>> {
        let known = self.data.iter().map(|pattern| {
            let keys = pattern.steps.iter().map_while(|segment| match segment {
                Segment::Key(key) => Some(key.clone()),
                Segment::Each | Segment::Keys => None,
            });
            keys.take(MAX_STEPS).collect::<Vec<Value>>()
        });
        known.filter(|steps| !steps.is_empty()).collect()
    }

    /// Takes in what another rule of the same program reads.
    pub fn add(&mut self, other: Self) {
        self.data.extend(other.data);
        for (pattern, reading) in other.inputs {
            let Reading { types, constants, joins, texts, bounds, clauses } = reading;
            let own = self.inputs.entry(pattern).or_default();
            own.types.extend(types);
            own.constants.extend(constants);
            own.joins.extend(joins);
            own.texts.extend(texts);
            own.bounds.extend(bounds);
            own.clauses.extend(clauses);
        }
    }

    /// The paths that are read by a clause or by the rules that it reads.
    pub fn of_clauses<'m>(
        &'m self,
        clauses: &'m BTreeSet<ClauseId>,
    ) -> impl Iterator<Item = (&'m Pattern, &'m Reading)> {
        self.inputs.iter().filter(move |(_, reading)| !reading.clauses.is_disjoint(clauses))
    }
}

impl Pattern {
    /// Whether a place of the document is one that the pattern is about.
    pub fn matches(&self, steps: &[Value]) -> bool {
        self.steps.len() == steps.len()
            && self.steps.iter().zip(steps).all(|(segment, step)| match segment {
                Segment::Key(key) => key == step,
                Segment::Each => true,
                Segment::Keys => false,
            })
    }

    /// The place that it stands for, with the first element for each; nothing for keys.
    pub fn first_place(&self) -> Option<Vec<Value>> {
        let steps = self.steps.iter().map(|segment| match segment {
            Segment::Key(key) => Some(key.clone()),
            Segment::Each => Some(Value::from(0_u64)),
            Segment::Keys => None,
        });
        steps.collect()
    }

    /// The values of a document that it stands for, up to a number.
    pub fn values<'v>(&self, document: &'v Value, most: usize) -> Vec<&'v Value> {
        let mut at = vec![document];
        for segment in &self.steps {
            let mut below = Vec::new();
            for value in at {
                match (segment, value) {
                    (Segment::Key(key), Value::Object(object)) => below.extend(object.get(key)),
                    (Segment::Key(key), Value::Array(array)) => below.extend(array.at(key)),
                    (Segment::Each, Value::Object(object)) => below.extend(object.values().take(most)),
                    (Segment::Each, Value::Array(array)) => below.extend(array.iter().take(most)),
                    (Segment::Each, Value::Set(set)) => below.extend(set.iter().take(most)),
                    (Segment::Keys, Value::Object(object)) => below.extend(object.keys().take(most)),
                    (Segment::Key(_) | Segment::Each | Segment::Keys, _) => {}
                }
            }
            below.truncate(most);
            at = below;
        }
        at
    }
}

/// As Rego refers to it, with `*` for each value and `keys(...)` around the collection whose keys are meant.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let leading = self.steps.iter().map_while(|segment| match segment {
            Segment::Key(Value::String(name)) => Some(&**name),
            Segment::Key(_) | Segment::Each | Segment::Keys => None,
        });
        let known = leading.clone().count();
        let mut text = ref_text(std::iter::once(self.root.name()).chain(leading));
        let mut keys = false;
        for segment in self.steps.iter().skip(known) {
            match segment {
                Segment::Key(Value::String(name)) => text.push_str(&step_text(name)),
                Segment::Key(key) => text = format!("{text}[{}]", key.to_rego()),
                Segment::Each => text.push_str("[*]"),
                Segment::Keys => keys = true,
            }
        }
        if keys { write!(f, "keys({text})") } else { f.write_str(&text) }
    }
}

/// One step of a reference: `.name`, or in brackets.
fn step_text(name: &str) -> String {
    let whole = ref_text([Root::Data.name(), name].into_iter());
    whole.trim_start_matches(Root::Data.name()).to_owned()
}

/// Deeper paths are parts of documents rather than documents.
const MAX_STEPS: usize = 4;
