//! Edits of inputs beside those that the sweep makes: rows of base documents, texts that they and their patterns want, other letters,
//! other names, and one value in two places.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::asker::{Goal, Pair};
use super::between::leaves;
use super::{Start, Versions};
use crate::probe::edit::Edit;
use crate::probe::model::{Pattern, Segment};
use crate::probe::place::{self, Place};
use crate::probe::pool::is_scalar;
use crate::probe::text;
use crate::value::{Array, Object, Value};

/// Texts of the base documents and parts of those of the inputs: what may be wanted somewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words {
    words: BTreeSet<Arc<str>>,
}

/// What a text looks like; those of one kind may stand for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Uri,
    Path,
    Dotted,
    Word,
}

impl Words {
    /// The texts of both versions' documents with instances of those that are globs, and the parts of texts of the inputs.
    pub(super) fn of(versions: Versions<'_>, starts: &[Start]) -> Self {
        let mut words = BTreeSet::new();
        let mut open = vec![versions.new.policy.data(), versions.old.policy.data()];
        while let Some(value) = open.pop() {
            if words.len() >= MAX_OF_DATA {
                break;
            }
            match value {
                Value::String(text) => words.extend(forms(text)),
                Value::Object(object) => {
                    words.extend(object.keys().filter_map(Value::as_str).flat_map(forms));
                    open.extend(object.values());
                }
                Value::Array(array) => open.extend(array.iter()),
                Value::Set(set) => open.extend(set.iter()),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        let most = words.len() + MAX_OF_INPUTS;
        for input in starts.iter().filter_map(|start| start.input.as_ref()) {
            for (_, value) in leaves(input) {
                let texts = value.as_str().filter(|text| text.len() <= MAX_TEXT);
                let parts = texts.into_iter().flat_map(text::tokens);
                words.extend(parts.filter(|part| part.len() <= MAX_PART).map(Arc::from));
            }
            if words.len() >= most {
                break;
            }
        }
        Self { words }
    }

    fn alike(&self, kind: Kind) -> impl Iterator<Item = &Arc<str>> {
        self.words.iter().filter(move |word| Kind::of(word) == kind).take(MAX_ALIKE)
    }
}

impl Kind {
    fn of(text: &str) -> Self {
        if text.contains("://") {
            Self::Uri
        } else if text.starts_with('/') {
            Self::Path
        } else if text.contains(['.', ':', '@', '/']) {
            Self::Dotted
        } else {
            Self::Word
        }
    }
}

/// A text, and texts that it matches if it is a glob.
pub(super) fn forms(text: &str) -> Vec<Arc<str>> {
    if text.len() > MAX_TEXT {
        return Vec::new();
    }
    if !text.contains('*') {
        return vec![Arc::from(text)];
    }
    let one = text.replace("**", "zz").replace('*', "zz");
    let deep = text.replace("**", "zz/zz").replace('*', "zz");
    vec![Arc::from(format!("{one}/zz")), Arc::from(one), Arc::from(deep)]
}

/// What is tried on a pair before anything else: rows of its documents, other letters and other names.
pub(super) fn suggested(goal: &Goal<'_>, pair: &Pair) -> Vec<Vec<Edit>> {
    let Some(input) = &pair.new.input else { return Vec::new() };
    let present = present(goal, input);
    let mut all: Vec<Vec<Edit>> =
        rows(goal, pair).into_iter().take(MAX_ROWS).flat_map(|row| of_row(row, &present)).collect();
    for (steps, value) in &present {
        let text = value.as_str().filter(|text| text.len() <= MAX_TEXT);
        let forms = text.into_iter().flat_map(other_letters);
        all.extend(forms.map(|form| vec![put(steps, Value::from(form))]));
    }
    for (index, (steps, value)) in present.iter().enumerate() {
        for (other, more) in present.iter().skip(index + 1) {
            if value.type_name() == more.type_name() {
                let both = |value: Value| vec![put(steps, value.clone()), put(other, value)];
                all.extend(junk(value).into_iter().map(both));
            }
        }
    }
    all.extend(renames(&present));
    all
}

/// The input as those rows of a pair's documents have it that name what only one version knows.
pub(super) fn novel_rows(goal: &Goal<'_>, pair: &Pair) -> Vec<Vec<Edit>> {
    let Some(input) = &pair.new.input else { return Vec::new() };
    let present = present(goal, input);
    let novel = rows(goal, pair).into_iter().filter(|row| goal.novel.has_any_of(row));
    novel.take(MAX_ROWS).flat_map(|row| of_row(row, &present)).collect()
}

/// The rows of the documents that a pair is asked over, of both versions if they are not the same.
fn rows<'p>(goal: &Goal<'_>, pair: &'p Pair) -> Vec<&'p Object> {
    let documents = read_documents(goal);
    let mut rows = Vec::new();
    for data in [&pair.new.data, &pair.old.data] {
        for document in documents.iter().filter_map(|steps| place::at(data, steps)) {
            rows.extend(document.as_array().into_iter().flat_map(Array::iter).filter_map(Value::as_object));
        }
        if pair.new.data == pair.old.data {
            break;
        }
    }
    rows
}

/// Texts that documents and other inputs have, at each place of a pair's input and where it has nothing.
pub(super) fn wanted(goal: &Goal<'_>, pair: &Pair) -> Vec<Vec<Edit>> {
    let Some(input) = &pair.new.input else { return Vec::new() };
    let mut all = Vec::new();
    for (steps, value) in present(goal, input) {
        if let Some(text) = value.as_str().filter(|text| text.len() <= MAX_TEXT) {
            let wanted = goal.words.alike(Kind::of(text));
            all.extend(wanted.map(|word| vec![put(&steps, Value::String(Arc::clone(word)))]));
        }
    }
    let missing = goal.pools.model.inputs.keys().filter_map(Pattern::first_place);
    let missing: BTreeSet<Vec<Value>> =
        missing.filter(|steps| !steps.is_empty() && place::at(input, steps).is_none()).collect();
    for steps in missing.iter().take(MAX_PLACES) {
        let wanted = goal.words.alike(Kind::Word);
        all.extend(wanted.map(|word| vec![put(steps, Value::String(Arc::clone(word)))]));
    }
    all
}

/// What an input has at the places that are read.
pub(super) fn present(goal: &Goal<'_>, input: &Value) -> Vec<(Vec<Value>, Value)> {
    leaves(input).into_iter().filter(|(steps, _)| goal.pools.matters(steps)).take(MAX_PLACES).collect()
}

/// The base documents that are read, by the keys that lead to them.
pub(super) fn read_documents(goal: &Goal<'_>) -> BTreeSet<Vec<Value>> {
    let keys = |pattern: &Pattern| {
        let keys = pattern.steps.iter().map_while(|segment| match segment {
            Segment::Key(key) => Some(key.clone()),
            Segment::Each | Segment::Keys => None,
        });
        keys.collect::<Vec<Value>>()
    };
    goal.pools.model.data.iter().map(keys).filter(|keys| !keys.is_empty()).take(MAX_DOCUMENTS).collect()
}

pub(super) fn put(steps: &[Value], value: Value) -> Edit {
    Edit::Put(Place::input(steps.to_vec()), value)
}

/// The input as a row has it, at all places that are called like one of its columns.
fn of_row(row: &Object, present: &[(Vec<Value>, Value)]) -> Vec<Vec<Edit>> {
    let mut columns: Vec<(&[Value], Vec<Value>)> = Vec::new();
    for (steps, _) in present {
        let Some(name) = steps.last().and_then(Value::as_str) else { continue };
        let column = row.iter().find(|(key, _)| key.as_str().is_some_and(|key| is_called_like(key, name)));
        let choices: Vec<Value> = match column {
            Some((_, Value::Array(array))) => {
                array.iter().filter(|value| is_scalar(value)).flat_map(instances).collect()
            }
            Some((_, value)) if is_scalar(value) => instances(value),
            Some(_) | None => Vec::new(),
        };
        if !choices.is_empty() {
            columns.push((steps, choices));
        }
    }
    let most = columns.iter().map(|(_, choices)| choices.len()).max().unwrap_or_default();
    let nth = |at: usize| {
        let edits = columns.iter().filter_map(|(steps, choices)| {
            let value = choices.get(at).or_else(|| choices.last())?;
            Some(put(steps, value.clone()))
        });
        edits.collect::<Vec<Edit>>()
    };
    (0..most.min(MAX_CHOICES)).map(nth).collect()
}

/// Whether a column and a place of the input have the same name, one of them with more at its end.
fn is_called_like(column: &str, place: &str) -> bool {
    let (short, long) = if column.len() < place.len() { (column, place) } else { (place, column) };
    short == long || (short.len() >= SHORTEST_NAME && long.starts_with(short))
}

fn instances(value: &Value) -> Vec<Value> {
    match value.as_str() {
        Some(text) => forms(text).into_iter().map(Value::String).collect(),
        None => vec![value.clone()],
    }
}

/// A text with one of its words in other letters: with a capital, in capitals, in small ones.
fn other_letters(text: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    let mut start = 0;
    for word in text.split(|character: char| !character.is_ascii_alphanumeric()) {
        // What separates words may be longer than a byte.
        let Some(at) = text.get(start..).and_then(|rest| rest.find(word)).map(|at| start + at) else { break };
        start = at + word.len();
        if word.len() < SHORTEST_NAME {
            continue;
        }
        let (Some(before), Some(after)) = (text.get(..at), text.get(start..)) else { continue };
        let (first, rest) = word.split_at(1);
        let capitalised = format!("{}{rest}", first.to_ascii_uppercase());
        for form in [capitalised, word.to_ascii_uppercase(), word.to_ascii_lowercase()] {
            forms.insert(format!("{before}{form}{after}"));
        }
        if forms.len() >= MAX_LETTERS {
            break;
        }
    }
    forms.remove(text);
    forms
}

/// One text of the input in the place of another one everywhere: who asks is somebody who is named elsewhere.
fn renames(present: &[(Vec<Value>, Value)]) -> Vec<Vec<Edit>> {
    let texts: BTreeSet<&str> = present.iter().filter_map(|(_, value)| value.as_str()).collect();
    let texts: Vec<&str> =
        texts.into_iter().filter(|text| text.len() >= SHORTEST_NAME && text.len() <= MAX_TEXT).collect();
    let pairs = texts.iter().flat_map(|from| texts.iter().map(move |to| (from, to)));
    let alike = pairs.filter(|(from, to)| from != to && Kind::of(from) == Kind::of(to));
    let rename =
        |(from, to): (&&str, &&str)| vec![Edit::Rename { from: Arc::from(*from), to: Arc::from(*to) }];
    alike.take(MAX_RENAMES).map(rename).collect()
}

/// Values that two places may have in common and that mean nothing.
pub(super) fn junk(value: &Value) -> Vec<Value> {
    let much = crate::value::Number::parse("1e18").map(Value::from);
    let mut junk = vec![Value::Null];
    match value {
        Value::Number(_) => junk.extend(much),
        Value::String(_) => junk.extend([Value::from(""), Value::from("zz")]),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::Set(_) => {}
    }
    junk
}

/// How many texts are taken of documents and of inputs, how long they may be, and how many are tried at a place.
const MAX_OF_DATA: usize = 600;
const MAX_OF_INPUTS: usize = 200;
pub(super) const MAX_TEXT: usize = 120;
const MAX_PART: usize = 40;
const MAX_ALIKE: usize = 64;

/// How many places of an input, documents and rows are looked at, and how many values of a row's columns.
const MAX_PLACES: usize = 16;
const MAX_DOCUMENTS: usize = 24;
const MAX_ROWS: usize = 24;
const MAX_CHOICES: usize = 4;

/// How many texts with other letters and how many renames there are of an input, and how long names are that say something.
const MAX_LETTERS: usize = 24;
const MAX_RENAMES: usize = 96;
const SHORTEST_NAME: usize = 3;
