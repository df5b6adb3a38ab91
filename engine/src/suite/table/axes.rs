//! The axes of a matrix: named lists of labelled values, and the combinations of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::template::scalar_text;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Entry, Node, NodeKind};
use crate::source::Span;
use crate::suggest;
use crate::value::Value;

/// All axes of a matrix, in their order.
#[derive(Debug, Clone)]
pub(super) struct Axes {
    list: Vec<Axis>,
    /// How many combinations there are.
    size: usize,
}

/// One axis.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    /// Its name.
    pub(super) name: Arc<str>,
    /// Where the name stands.
    pub(super) span: Span,
    /// Its labels and their values, each label once.
    pub(super) values: Vec<(Arc<str>, Value)>,
    /// Where each label stands in `values`.
    positions: BTreeMap<Arc<str>, usize>,
}

impl Axes {
    /// Reads the axes that are written in `node`.
    pub(super) fn new(node: &Node) -> Result<Self, Vec<Diagnostic>> {
        let NodeKind::Object(entries) = &node.kind else {
            let message = format!("the axes of a matrix are {}, not an object", node.describe());
            let help = "write `axes: {NAME: {LABEL: VALUE, ...}}` or `axes: {NAME: [VALUE, ...]}`";
            return Err(vec![Diagnostic::error(Code::Suite, message, node.span).with_help(help)]);
        };
        let mut errors = Vec::new();
        if entries.is_empty() {
            let error = Diagnostic::error(Code::Suite, "a matrix without axes", node.span);
            errors.push(error.with_help("name at least one axis: `axes: {NAME: [VALUE, ...]}`"));
        }
        if entries.len() > MAX_AXES {
            let message = format!("the matrix has {} axes, more than {MAX_AXES}", entries.len());
            return Err(vec![
                Diagnostic::error(Code::Suite, message, node.span).with_help("split it into suites"),
            ]);
        }
        let mut list = Vec::with_capacity(entries.len());
        for entry in entries {
            match Axis::new(entry) {
                Ok(axis) => list.push(axis),
                Err(more) => errors.extend(more),
            }
        }
        let size = list.iter().try_fold(1_usize, |size, axis| size.checked_mul(axis.values.len()));
        match size.filter(|size| *size <= MAX_COMBINATIONS) {
            Some(size) if errors.is_empty() => return Ok(Self { list, size }),
            Some(_) => {}
            None => {
                let sizes: Vec<String> = list.iter().map(|axis| axis.values.len().to_string()).collect();
                let message = format!(
                    "the matrix has {} combinations, more than {MAX_COMBINATIONS}",
                    sizes.join(" x ")
                );
                let error = Diagnostic::error(Code::Suite, message, node.span);
                errors.push(error.with_help("split it into suites with shorter axes"));
            }
        }
        Err(errors)
    }

    /// The axes in their order.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, Axis> {
        self.list.iter()
    }

    /// The names in their order.
    pub(super) fn names(&self) -> Vec<&str> {
        self.list.iter().map(|axis| &*axis.name).collect()
    }

    /// How many combinations there are.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// All combinations, the last axis fastest.
    pub(super) fn combinations(&self) -> Combinations {
        Combinations::new(self.list.iter().map(|axis| (0..axis.values.len()).collect()).collect())
    }

    /// Where a combination stands among all of them.
    pub(super) fn index(&self, combination: &[usize]) -> usize {
        self.list.iter().zip(combination).fold(0, |index, (axis, choice)| index * axis.values.len() + choice)
    }

    /// The labels and values of a combination.
    pub(super) fn pick<'a>(
        &'a self,
        combination: &'a [usize],
    ) -> impl Iterator<Item = (&'a Axis, &'a Arc<str>, &'a Value)> {
        self.list.iter().zip(combination).filter_map(|(axis, choice)| {
            let (label, value) = axis.values.get(*choice)?;
            Some((axis, label, value))
        })
    }

    /// A combination as cases are named after it: `caller=orchestrator action=search`.
    pub(super) fn describe(&self, combination: &[usize]) -> String {
        let mut text = String::new();
        for (axis, label, _) in self.pick(combination) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&axis.name);
            text.push('=');
            text.push_str(label);
        }
        text
    }
}

impl Axis {
    fn new(entry: &Entry) -> Result<Self, Vec<Diagnostic>> {
        let name = &entry.key;
        let labelled = labelled(name, &entry.value)?;
        let mut errors = Vec::new();
        let mut positions = BTreeMap::new();
        let mut values = Vec::with_capacity(labelled.len());
        for (position, Labelled { label, span, value }) in labelled.into_iter().enumerate() {
            if positions.insert(Arc::clone(&label), position).is_some() {
                let message = format!("axis `{name}` has two labels `{label}`");
                let help = format!("remove one of them, or tell them apart: `{name}: {{LABEL: VALUE, ...}}`");
                errors.push(Diagnostic::error(Code::Suite, message, span).with_help(help));
            }
            values.push((label, value));
        }
        if errors.is_empty() {
            Ok(Self { name: Arc::clone(name), span: entry.key_span, values, positions })
        } else {
            Err(errors)
        }
    }
}

/// The combinations of one choice of each list, the last list fastest.
#[derive(Debug)]
pub(super) struct Combinations {
    choices: Vec<Vec<usize>>,
    /// Positions in the lists; `None` after the last combination.
    next: Option<Vec<usize>>,
}

impl Combinations {
    /// The combinations of these choices; none when a list is empty.
    pub(super) fn new(choices: Vec<Vec<usize>>) -> Self {
        let next = choices.iter().all(|list| !list.is_empty()).then(|| vec![0; choices.len()]);
        Self { choices, next }
    }
}

impl Iterator for Combinations {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        let mut positions = self.next.take()?;
        let pairs = self.choices.iter().zip(&positions);
        let combination = pairs.filter_map(|(list, position)| list.get(*position).copied()).collect();
        for (position, list) in positions.iter_mut().zip(&self.choices).rev() {
            *position += 1;
            if *position < list.len() {
                self.next = Some(positions);
                return Some(combination);
            }
            *position = 0;
        }
        Some(combination)
    }
}

/// One value of an axis as it is written.
struct Labelled {
    label: Arc<str>,
    /// Where the label stands.
    span: Span,
    value: Value,
}

/// The labels of one axis, where they stand, and their values.
fn labelled(axis: &str, node: &Node) -> Result<Vec<Labelled>, Vec<Diagnostic>> {
    let error = |message, span| Diagnostic::error(Code::Suite, message, span);
    let mut errors = Vec::new();
    let mut labelled = Vec::new();
    match &node.kind {
        NodeKind::Object(entries) => {
            labelled.extend(entries.iter().map(|entry| Labelled {
                label: Arc::clone(&entry.key),
                span: entry.key_span,
                value: entry.value.to_value(),
            }));
        }
        NodeKind::Array(nodes) => {
            for node in nodes {
                let value = node.to_value();
                if let Some(label) = scalar_text(&value) {
                    labelled.push(Labelled { label, span: node.span, value });
                    continue;
                }
                let message =
                    format!("axis `{axis}` lists {}, which can't be its own label", node.describe());
                let help = format!("give the values labels: `{axis}: {{LABEL: VALUE, ...}}`");
                errors.push(error(message, node.span).with_help(help));
            }
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {
            let message = format!("axis `{axis}` is {}, neither an array nor an object", node.describe());
            let help = format!("write `{axis}: [VALUE, ...]` or `{axis}: {{LABEL: VALUE, ...}}`");
            return Err(vec![error(message, node.span).with_help(help)]);
        }
    }
    if labelled.is_empty() && errors.is_empty() {
        let help = "an empty axis leaves no combination: add a value, or remove the axis";
        errors.push(error(format!("axis `{axis}` is empty"), node.span).with_help(help));
    }
    if errors.is_empty() { Ok(labelled) } else { Err(errors) }
}

/// The positions that a row chooses on one axis, by label.
pub(super) fn choose(axis: &Axis, node: &Node) -> Result<Vec<usize>, Vec<Diagnostic>> {
    let nodes = match &node.kind {
        NodeKind::Array(nodes) => nodes.as_slice(),
        NodeKind::Null
        | NodeKind::Bool(_)
        | NodeKind::Number(_)
        | NodeKind::String(_)
        | NodeKind::Object(_) => std::slice::from_ref(node),
    };
    let error = |message, span| Diagnostic::error(Code::Suite, message, span);
    let mut errors = Vec::new();
    if nodes.is_empty() {
        let help = "name at least one label, or remove the row";
        errors.push(error(format!("no label of axis `{}` is listed", axis.name), node.span).with_help(help));
    }
    let mut seen = BTreeSet::new();
    let mut chosen = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Some(label) = scalar_text(&node.to_value()) else {
            let message = format!("{} is no label of axis `{}`", node.describe(), axis.name);
            errors.push(error(message, node.span).with_help("write a label, or a list of labels"));
            continue;
        };
        match axis.positions.get(&label) {
            Some(position) if !seen.insert(*position) => {
                let message = format!("label `{label}` of axis `{}` is listed twice", axis.name);
                errors.push(error(message, node.span).with_help("remove one of them"));
            }
            Some(position) => chosen.push(*position),
            None => {
                let labels: Vec<&str> = axis.values.iter().map(|(label, _)| &**label).collect();
                let help = suggest::help(&label, "its labels are", &labels);
                let message = format!("axis `{}` has no label `{label}`", axis.name);
                errors.push(error(message, node.span).with_help(help));
            }
        }
    }
    if errors.is_empty() { Ok(chosen) } else { Err(errors) }
}

/// How many cases a matrix may have.
const MAX_COMBINATIONS: usize = 1_000_000;
const MAX_AXES: usize = 32;
